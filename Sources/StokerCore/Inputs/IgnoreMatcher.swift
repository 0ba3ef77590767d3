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

    /// Patterns that are a whole path, and `**/name` ones, are looked up instead of tried one by one.
    private let paths: LiteralTable
    private let names: LiteralTable
    private let others: [Int32]
    private let exceptions: [Int32]

    /// Nothing is left out.
    public static let none = IgnoreMatcher(patterns: [], name: ".dockerignore")

    public init(_ file: IgnoreFile) { self.init(patterns: file.patterns, name: file.name) }

    private init(patterns: [IgnorePattern], name: String) {
        self.patterns = patterns
        self.name = name
        var paths: [(key: [UInt8], value: Int32)] = []
        var names: [(key: [UInt8], value: Int32)] = []
        var others: [Int32] = []
        for (number, pattern) in patterns.enumerated() {
            switch pattern.kind {
            case .exact: paths.append((pattern.text, Int32(number)))
            case .suffix(let suffix)
            where suffix.count > 1 && suffix[0] == BytePath.slash
                && !suffix.dropFirst().contains(BytePath.slash):
                names.append((Array(suffix.dropFirst()), Int32(number)))
            default: others.append(Int32(number))
            }
        }
        self.paths = LiteralTable(paths)
        self.names = LiteralTable(names)
        self.others = others
        exceptions = patterns.indices.filter { patterns[$0].isException }.map(Int32.init)
    }

    /// What the patterns say of one path; handed on to the paths below it while walking.
    public struct Verdict: Sendable, Equatable {
        /// The patterns that hold by the walk's rule, ascending; the last one decides.
        var walked: [Int32] = []
        /// The patterns that match the path or a parent, ascending; the last one decides.
        var matched: [Int32] = []
        public internal(set) var isExcluded = false

        /// The context's root, which no pattern can leave out.
        public static let root = Verdict()
    }

    /// The verdict on a path, from the one on its parent directory.
    ///
    /// - Parameter nameStart: Where the path's last component begins.
    func verdict(
        on path: UnsafeBufferPointer<UInt8>, nameStart: Int, parent: Verdict
    ) -> Verdict {
        if patterns.isEmpty { return .root }
        let own = ownMatches(path, nameStart: nameStart)
        if own.isEmpty { return parent }
        var verdict = Verdict()
        verdict.matched = IgnoreMatcher.merged(parent.matched, own)
        var isOut = false
        var inherited = parent.walked[...]
        for number in IgnoreMatcher.merged(parent.walked, own) {
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
        return exceptions.contains { $0 > decided && patterns[Int($0)].canMatch(below: directory) }
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

    private func ownMatches(_ path: UnsafeBufferPointer<UInt8>, nameStart: Int) -> [Int32] {
        var found = paths.values(of: path)
        found += names.values(of: UnsafeBufferPointer(rebasing: path[nameStart...]))
        var runes: [UInt32]?
        for number in others where patterns[Int(number)].matches(path, runes: &runes) { found.append(number) }
        if found.count > 1 { found.sort() }
        return found
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
