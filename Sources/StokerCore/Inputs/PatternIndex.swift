/// Finds the lines of an ignore file that match a path without trying each of them.
///
/// Lines that say the same are one group. Groups without wildcards, and those with `**` at one end alone, are looked up
/// in sorted tables by the whole path, its name, its beginnings and its ends. Of the rest a few are tried one by one,
/// and many are followed all at once (`GlobTree`).
struct PatternIndex: Sendable {
    /// More globs than this are followed as one tree.
    static let globLimit = 16
    /// How many items all globs together may have, for the sake of memory.
    private static let itemLimit = 1_500_000

    /// Lines that say the same, by what they do; ascending.
    private struct Group: Sendable {
        let pattern: IgnorePattern
        var exclusions: [Int32] = []
        var exceptions: [Int32] = []
    }

    /// The groups that match a path, and the last line of each kind in them; -1 for none.
    struct Found {
        fileprivate var groups: [Int32]
        fileprivate(set) var lastExclusion: Int32 = -1
        fileprivate(set) var lastException: Int32 = -1
    }

    private let groups: [Group]
    private let paths: LiteralTable
    private let names: LiteralTable
    private let beginnings: AffixTable
    private let ends: AffixTable
    private let tree: GlobTree?
    /// Groups that are tried one by one.
    private let singles: [Int32]
    private let singlePatterns: [IgnorePattern]
    private let exceptions: ExceptionIndex
    /// Whether there are more wildcards than can be dealt with; then nothing is found.
    let isTooLarge: Bool

    init(_ patterns: [IgnorePattern], globLimit: Int) {
        let groups = PatternIndex.groups(of: patterns)
        self.groups = groups
        var paths: [LiteralTable.Entry] = []
        var names: [LiteralTable.Entry] = []
        var beginnings: [LiteralTable.Entry] = []
        var ends: [LiteralTable.Entry] = []
        var singles: [Int32] = []
        var globs: [(group: Int32, glob: Glob, lastException: Int32)] = []
        for (group, number) in zip(groups, Int32(0)...) {
            switch group.pattern.kind {
            case .exact: paths.append((group.pattern.text, number))
            case .prefix(let prefix): beginnings.append((prefix, number))
            case .suffix(let suffix):
                let rest = suffix.dropFirst()
                if suffix.first == BytePath.slash { paths.append((Array(rest), number)) }
                if suffix.first == BytePath.slash, !rest.isEmpty, !rest.contains(BytePath.slash) {
                    names.append((Array(rest), number))
                } else {
                    ends.append((suffix, number))
                }
            case .glob(let glob):
                if glob.hasConditions {
                    singles.append(number)
                } else {
                    globs.append((number, glob, group.exceptions.last ?? -1))
                }
            }
        }
        isTooLarge = globs.reduce(0) { $0 + $1.glob.items.count } > PatternIndex.itemLimit
        if globs.count > globLimit, !isTooLarge {
            tree = GlobTree(globs)
        } else {
            tree = nil
            singles += globs.map(\.group)
        }
        self.paths = LiteralTable(paths)
        self.names = LiteralTable(names)
        self.beginnings = AffixTable(beginnings)
        self.ends = AffixTable(ends)
        self.singles = singles
        singlePatterns = singles.map { groups[Int($0)].pattern }
        exceptions = ExceptionIndex(
            groups.compactMap { group in group.exceptions.last.map { (group.pattern, $0) } })
    }

    private static func groups(of patterns: [IgnorePattern]) -> [Group] {
        var groups: [Group] = []
        var numbers: [[UInt8]: Int] = [:]
        for (pattern, line) in zip(patterns, Int32(0)...) {
            let number = numbers[pattern.text] ?? groups.count
            if number == groups.count {
                numbers[pattern.text] = number
                groups.append(Group(pattern: pattern))
            }
            if pattern.isException {
                groups[number].exceptions.append(line)
            } else {
                groups[number].exclusions.append(line)
            }
        }
        return groups
    }

    /// - Parameters:
    ///   - nameStart: Where the path's last component begins.
    ///   - steps: Grows with the work that is not bounded by the path's length.
    /// - Returns: `nil` when nothing matches.
    func lines(
        matching path: UnsafeBufferPointer<UInt8>, nameStart: Int, steps: inout Int
    ) -> Found? {
        var found = Found(groups: paths.values(of: path))
        // A name that is the whole path has been found among the paths.
        if nameStart > 0 {
            found.groups += names.values(of: UnsafeBufferPointer(rebasing: path[nameStart...]))
        }
        beginnings.forEach(beginning: path) { found.groups += $0 }
        ends.forEach(ending: path) { found.groups += $0 }
        var runes: [UInt32]?
        if let tree {
            let decoded = Runes.decode(path)
            found.groups += tree.groups(matching: decoded, steps: &steps)
            runes = decoded
        }
        for index in singlePatterns.indices
        where singlePatterns[index].matches(path, runes: &runes, steps: &steps) {
            found.groups.append(singles[index])
        }
        if found.groups.isEmpty { return nil }
        steps += found.groups.count
        for number in found.groups {
            let group = groups[Int(number)]
            if let last = group.exclusions.last { found.lastExclusion = max(found.lastExclusion, last) }
            if let last = group.exceptions.last { found.lastException = max(found.lastException, last) }
        }
        return found
    }

    /// The first line of a kind after another one, among those that match.
    func firstLine(of found: Found, isException: Bool, after line: Int32) -> Int32? {
        found.groups.compactMap { number in
            let group = groups[Int(number)]
            return PatternIndex.first(in: isException ? group.exceptions : group.exclusions, after: line)
        }.min()
    }

    private static func first(in lines: [Int32], after line: Int32) -> Int32? {
        var low = 0
        var high = lines.count
        while low < high {
            let middle = (low + high) / 2
            if lines[middle] > line { high = middle } else { low = middle + 1 }
        }
        return low < lines.count ? lines[low] : nil
    }

    /// Whether an exception that stands after a line may match something strictly below a directory: exact, or `true`
    /// where that is costly to know.
    func hasException(
        below directory: UnsafeBufferPointer<UInt8>, after line: Int32, steps: inout Int
    ) -> Bool {
        // Most files have none, or none so late.
        if exceptions.last <= line { return false }
        if exceptions.lastAnywhere > line || exceptions.last(below: directory) > line { return true }
        let below = Array(directory) + [BytePath.slash]
        var isFound = false
        below.withUnsafeBufferPointer { below in
            beginnings.forEach(beginning: below) { numbers in
                for number in numbers where groups[Int(number)].exceptions.last ?? -1 > line {
                    isFound = true
                }
            }
        }
        if isFound { return true }
        if tree == nil, singles.isEmpty { return false }
        let runes = Runes.decode(below)
        if let tree, tree.lastException(after: runes, steps: &steps) > line { return true }
        return singles.contains { number in
            let group = groups[Int(number)]
            guard group.exceptions.last ?? -1 > line, case .glob(let glob) = group.pattern.kind else {
                return false
            }
            return glob.canMatch(after: runes, steps: &steps)
        }
    }

    /// Whether the text of an exception is the directory, or goes on below it.
    func namesException(below directory: UnsafeBufferPointer<UInt8>) -> Bool {
        exceptions.isNamed(below: directory)
    }
}
