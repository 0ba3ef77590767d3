extension IgnoreMatcher {
    /// Whether the builders leave the path out.
    public func excludes(_ path: BytePath) -> Bool { verdict(on: path).isExcluded }

    /// Whether a walk must enter the directory: it is in, or something below it may be. `false` is certain;
    /// `true` may be too much.
    public func canContainIncluded(directory: BytePath) -> Bool {
        var verdict = Verdict.root
        return directory.bytes.withUnsafeBufferPointer { bytes in
            for (start, end) in IgnoreMatcher.levels(of: bytes) {
                let level = UnsafeBufferPointer(rebasing: bytes[..<end])
                verdict = self.verdict(on: level, nameStart: start, parent: verdict)
                if !canContainIncluded(directory: level, verdict: verdict) { return false }
            }
            return true
        }
    }

    /// Which line of the ignore file decided about a path.
    public struct Explanation: Sendable, Equatable {
        public let isExcluded: Bool
        /// The pattern that had the last word; `nil` when none says anything.
        public let pattern: IgnorePattern?
    }

    public func explanation(_ path: BytePath) -> Explanation {
        let verdict = verdict(on: path)
        // When the two rules differ, the one that lets the path in has decided.
        let deciding =
            [verdict.walked, verdict.matched].filter { $0 >= 0 }.map { patterns[Int($0)] }
            .first { $0.isException != verdict.isExcluded }
        return Explanation(isExcluded: verdict.isExcluded, pattern: deciding)
    }

    func verdict(on path: BytePath) -> Verdict {
        var verdict = Verdict.root
        if patterns.isEmpty { return verdict }
        path.bytes.withUnsafeBufferPointer { bytes in
            for (start, end) in IgnoreMatcher.levels(of: bytes) {
                verdict = self.verdict(
                    on: UnsafeBufferPointer(rebasing: bytes[..<end]), nameStart: start, parent: verdict)
            }
        }
        return verdict
    }

    /// Where the last component begins and ends, for the path's first component, its first two, and so on.
    static func levels(of bytes: UnsafeBufferPointer<UInt8>) -> [(start: Int, end: Int)] {
        if bytes.isEmpty { return [] }
        var levels: [(start: Int, end: Int)] = []
        var start = 0
        for (position, byte) in bytes.enumerated() where byte == BytePath.slash {
            levels.append((start, position))
            start = position + 1
        }
        return levels + [(start, bytes.count)]
    }
}
