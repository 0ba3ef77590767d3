public import StokerCore

/// Works on several images of a project at once, on each after those that it is built on.
public enum SideBySide {
    /// Was not begun, since the work on one that it is built on has failed.
    public struct BaseFailed: Error, Sendable {
        public var base: String
    }

    /// Builds are the engine's work; more at once only slow each other.
    public static let most = 4

    /// Ends when all have ended; one that fails takes nothing from those that do not need it.
    ///
    /// - Parameters:
    ///   - names: each after its bases, as `ImageOrder.withBases` has them.
    ///   - width: how many at once.
    ///   - onEnd: called in the order of the ends; what it throws cancels the others.
    public static func run<Value: Sendable>(
        _ names: [String], _ order: ImageOrder, width: Int,
        _ work: @escaping @Sendable (String) async throws -> Value,
        onEnd: (String, Result<Value, any Error>) throws -> Void
    ) async throws {
        var waiting = names
        var succeeded: Set<String> = []
        var failed: Set<String> = []
        try await withThrowingTaskGroup(of: (String, Result<Value, any Error>).self) { group in
            var running = 0
            repeat {
                var isReady = true
                while isReady {
                    isReady = false
                    for name in waiting {
                        let bases = order.bases(of: name).filter(names.contains)
                        if let base = bases.first(where: failed.contains) {
                            failed.insert(name)
                            try onEnd(name, .failure(BaseFailed(base: base)))
                        } else if running < width, bases.allSatisfy(succeeded.contains) {
                            running += 1
                            group.addTask {
                                do { return (name, .success(try await work(name))) } catch {
                                    return (name, .failure(error))
                                }
                            }
                        } else {
                            continue
                        }
                        waiting.removeAll { $0 == name }
                        isReady = true
                    }
                }
                // Nothing is left of those whose bases are all here, so whoever waits, waits for one that runs.
                guard let (name, result) = try await group.next() else { break }
                running -= 1
                if case .success = result { succeeded.insert(name) } else { failed.insert(name) }
                try onEnd(name, result)
            } while true
        }
    }
}
