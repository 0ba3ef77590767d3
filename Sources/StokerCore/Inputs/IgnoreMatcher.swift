/// Decides which paths of a build context an ignore file leaves out.
///
/// Builders disagree in rare cases about a `!` line that names a directory after a line that names something
/// below it (`a/b`, then `!a`): moby's `MatchesOrParentMatches`, which its documentation describes and
/// Podman follows, lets `a/b` in; BuildKit's and the classic builder's walk, which hand results down from
/// the parent, leaves it out. Here a path is out only if both leave it out: one file too many costs a
/// rebuild, one too few is a wrong image.
public struct IgnoreMatcher: Sendable, Equatable {
    public let patterns: [IgnorePattern]
    /// What a person calls the ignore file.
    public let name: String

    private let index: PatternIndex
    private let effort: MatchEffort

    /// Nothing is left out.
    public static let none = IgnoreMatcher(patterns: [], name: ".dockerignore")

    public init(_ file: IgnoreFile) { self.init(patterns: file.patterns, name: file.name) }

    /// - Parameter globLimit: as of `PatternIndex`.
    init(
        patterns: [IgnorePattern], name: String, globLimit: Int = PatternIndex.globLimit,
        effort: MatchEffort = MatchEffort()
    ) {
        self.patterns = patterns
        self.name = name
        index = PatternIndex(patterns, globLimit: globLimit)
        self.effort = effort
        if index.isTooLarge { effort.exhaust() }
    }

    public static func == (left: IgnoreMatcher, right: IgnoreMatcher) -> Bool {
        left.name == right.name && left.patterns == right.patterns
    }

    /// What the patterns say of one path; handed on to the paths below it while walking.
    public struct Verdict: Sendable, Equatable {
        /// The pattern that decides by the walk's rule: the first of the last ones that agree with each other. Those
        /// before it count no more, neither here nor below. -1 for none.
        var walked: Int32 = -1
        /// The last pattern that matches the path or a parent, which decides by the other rule. -1 for none.
        var matched: Int32 = -1
        public internal(set) var isExcluded = false

        /// The context's root, which no pattern can leave out.
        public static let root = Verdict()
    }

    /// Whether the patterns have cost more work than a walk may take. Verdicts then say nothing: a path counts as
    /// in, and a directory as one to be entered.
    var isExhausted: Bool { effort.isExhausted }

    /// The verdict on a path, from the one on its parent directory.
    ///
    /// - Parameter nameStart: Where the path's last component begins.
    func verdict(
        on path: UnsafeBufferPointer<UInt8>, nameStart: Int, parent: Verdict
    ) -> Verdict {
        if patterns.isEmpty || isExhausted { return .root }
        var steps = 0
        let found = index.lines(matching: path, nameStart: nameStart, steps: &steps)
        effort.spend(steps)
        guard let found else { return parent }
        var verdict = parent
        verdict.matched = max(parent.matched, found.lastException, found.lastExclusion)
        if let walked = deciding(among: found, after: parent.walked) { verdict.walked = walked }
        let isOut = verdict.walked >= 0 && !isException(verdict.walked)
        verdict.isExcluded = isOut && !isException(verdict.matched)
        return verdict
    }

    /// By the walk's rule a line counts only where it changes what the lines before it have said.
    ///
    /// - Parameter decided: The line that decided about the parent, whose word stands for all lines up to it.
    /// - Returns: `nil` when that one decides here too.
    private func deciding(among found: PatternIndex.Found, after decided: Int32) -> Int32? {
        let isException = found.lastException > found.lastExclusion
        let last = max(found.lastException, found.lastExclusion)
        // What the last line changes has been said by the last one of the other kind, or by the parent's.
        let other = max(min(found.lastException, found.lastExclusion), decided)
        guard last > decided else { return nil }
        let wasException = other < 0 || self.isException(other)
        if wasException == isException { return nil }
        return index.firstLine(of: found, isException: isException, after: other)
    }

    /// Whether something below an excluded directory may be brought back in. `false` is certain; `true` may
    /// be too much.
    func canContainIncluded(directory: UnsafeBufferPointer<UInt8>, verdict: Verdict) -> Bool {
        if !verdict.isExcluded || isExhausted { return true }
        var steps = 0
        defer { effort.spend(steps) }
        return index.hasException(below: directory, after: verdict.walked, steps: &steps)
    }

    /// Whether the text of an exception names the directory or something below it. The client of Docker 20.10 then sends
    /// an excluded directory, empty.
    func namesException(below directory: UnsafeBufferPointer<UInt8>) -> Bool {
        index.namesException(below: directory)
    }

    private func isException(_ number: Int32) -> Bool { number >= 0 && patterns[Int(number)].isException }
}
