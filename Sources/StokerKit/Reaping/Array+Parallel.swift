extension Array where Element: Sendable {
    /// The results of `work` in the order of the elements.
    ///
    /// - Parameter width: how many at a time. Default: all.
    package func inParallel<Outcome: Sendable>(
        width: Int = .max, _ work: @Sendable @escaping (Element) async -> Outcome
    ) async -> [Outcome] {
        await withTaskGroup(of: (Int, Outcome).self) { group in
            var results = [Outcome?](repeating: nil, count: count)
            var next = 0
            func addNext() {
                guard next < count else { return }
                let (index, element) = (next, self[next])
                next += 1
                group.addTask { (index, await work(element)) }
            }
            for _ in 0..<Swift.min(width, count) { addNext() }
            for await (index, outcome) in group {
                results[index] = outcome
                addNext()
            }
            // Each index was given to one task, and the group has been drained.
            return results.map { $0! }
        }
    }
}
