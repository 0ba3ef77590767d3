@testable import StokerCore

/// The matcher as the builders' documents describe it: tries each line on each path. Slow, and short enough to be seen
/// to be right; `IgnoreMatcher` has to give the same answers.
///
/// Builders disagree in rare cases about a `!` line that names a directory after a line that names something
/// below it (`a/b`, then `!a`): moby's `MatchesOrParentMatches`, which its documentation describes and
/// Podman follows, lets `a/b` in; BuildKit's and the classic builder's walk, which hand results down from
/// the parent, leaves it out. Here a path is out only if both leave it out: one file too many costs a
/// rebuild, one too few is a wrong image.
struct ListedMatcher {
    let patterns: [IgnorePattern]

    /// What the patterns say of one path; handed on to the paths below it while walking.
    struct Verdict {
        /// The patterns that hold by the walk's rule, ascending; the last one decides.
        var walked: [Int32] = []
        /// The patterns that match the path or a parent, ascending; the last one decides.
        var matched: [Int32] = []
        var isExcluded = false

        /// The context's root, which no pattern can leave out.
        static let root = Verdict()
    }

    /// The verdict on a path, from the one on its parent directory.
    func verdict(on path: UnsafeBufferPointer<UInt8>, parent: Verdict) -> Verdict {
        let own = ownMatches(path)
        if own.isEmpty { return parent }
        var verdict = Verdict()
        verdict.matched = ListedMatcher.merged(parent.matched, own)
        var isOut = false
        var inherited = parent.walked[...]
        for number in ListedMatcher.merged(parent.walked, own) {
            let isException = patterns[Int(number)].isException
            if inherited.first == number {
                inherited.removeFirst()
            } else if isException != isOut {
                continue
            }
            verdict.walked.append(number)
            isOut = !isException
        }
        verdict.isExcluded = isOut && !isException(verdict.matched.last)
        return verdict
    }

    /// Whether something below an excluded directory may be brought back in. `false` is certain; `true` may
    /// be too much.
    func canContainIncluded(directory: UnsafeBufferPointer<UInt8>, verdict: Verdict) -> Bool {
        if !verdict.isExcluded { return true }
        let decided = verdict.walked.last ?? -1
        return exceptions.contains {
            $0 > decided && ListedMatcher.canMatch(patterns[Int($0)], below: directory)
        }
    }

    /// Whether the text of an exception names the directory or something below it. The client of Docker 20.10 then sends
    /// an excluded directory, empty.
    func namesException(below directory: UnsafeBufferPointer<UInt8>) -> Bool {
        exceptions.contains { number in
            let text = patterns[Int(number)].text
            return text.starts(with: directory)
                && (text.count == directory.count || text[directory.count] == BytePath.slash)
        }
    }

    private func isException(_ number: Int32?) -> Bool {
        number.map { patterns[Int($0)].isException } ?? false
    }

    private var exceptions: [Int32] { patterns.indices.filter { patterns[$0].isException }.map(Int32.init) }

    private func ownMatches(_ path: UnsafeBufferPointer<UInt8>) -> [Int32] {
        var runes: [UInt32]?
        var steps = 0
        return patterns.indices.filter { patterns[$0].matches(path, runes: &runes, steps: &steps) }.map(
            Int32.init)
    }

    /// Whether a path strictly below `directory` could match.
    private static func canMatch(_ pattern: IgnorePattern, below directory: UnsafeBufferPointer<UInt8>)
        -> Bool
    {
        switch pattern.kind {
        case .exact:
            return pattern.text.count > directory.count + 1
                && pattern.text.starts(with: Array(directory) + [BytePath.slash])
        case .prefix(let prefix):
            let below = Array(directory) + [BytePath.slash]
            return prefix.starts(with: below) || below.starts(with: prefix)
        case .suffix: return true
        case .glob(let glob):
            var steps = 0
            return glob.canMatch(after: Runes.decode(Array(directory) + [BytePath.slash]), steps: &steps)
        }
    }

    /// The union of two ascending lists.
    private static func merged(_ left: [Int32], _ right: [Int32]) -> [Int32] {
        if left.isEmpty { return right }
        var union: [Int32] = []
        union.reserveCapacity(left.count + right.count)
        var rest = right[...]
        for number in left {
            while let first = rest.first, first < number { union.append(rest.removeFirst()) }
            if rest.first == number { rest.removeFirst() }
            union.append(number)
        }
        return union + rest
    }
}
