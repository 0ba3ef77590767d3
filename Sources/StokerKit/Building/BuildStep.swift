/// How far a builder is, by its own lines.
enum BuildStep {
    /// - Returns: `3/7`, or `tests 2/5` in a stage with a name; `nil` for a line that begins no step.
    static func parse(_ line: String) -> String? {
        // The legacy builder's: `Step 3/7 : RUN make`.
        if line.hasPrefix("Step ") {
            let count = line.dropFirst("Step ".count).prefix { $0 != " " }
            return isCount(count) ? String(count) : nil
        }
        // BuildKit's: `#8 [tests 2/5] RUN make`, `#8 [linux/amd64 tests 2/5] RUN make`.
        guard line.hasPrefix("#"), let open = line.firstIndex(of: "["), let close = line.firstIndex(of: "]"),
            open < close
        else { return nil }
        let number = line[line.index(after: line.startIndex)..<open].dropLast()
        let words = line[line.index(after: open)..<close].split(separator: " ")
        guard !number.isEmpty, number.allSatisfy(\.isNumber), let count = words.last, isCount(count) else {
            return nil
        }
        return words.suffix(2).filter { !$0.contains("/") || $0 == count }.joined(separator: " ")
    }

    private static func isCount(_ word: Substring) -> Bool {
        let parts = word.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isNumber) }
    }
}
