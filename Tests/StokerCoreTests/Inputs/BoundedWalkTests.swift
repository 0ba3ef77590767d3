@testable import StokerCore
import SystemPackage
import Testing

/// Walks that end before they have found everything.
@Suite(.timeLimit(.minutes(5))) struct BoundedWalkTests {
    let tree = ScratchTree()

    init() {
        for number in 0..<40 {
            tree.folder("\(number)")
            tree.write("\(number)/" + String(repeating: "abcdefghijklmnopqrstuvwxyz", count: 4))
        }
    }

    /// Each of them is under way at each letter of such a name.
    private func costlyPatterns() throws -> [IgnorePattern] {
        let letters = Array("abcdefghijklmnopqrstuvwxyz")
        let lines = letters.flatMap { first in letters.map { "*/*\(first)*\($0)*" } }
        return try IgnoreFile(Array(lines.joined(separator: "\n").utf8), name: "X.dockerignore").patterns
    }

    @Test func patternsThatCostTooMuchEndTheWalkWithAnErrorThatNamesTheirFile() throws {
        let patterns = try costlyPatterns()
        let matcher = IgnoreMatcher(
            patterns: patterns, name: "X.dockerignore", effort: MatchEffort(limit: 500_000))
        let error = #expect(throws: StokerError.self) {
            try ContextWalk(root: tree.root, matcher: matcher).findings()
        }
        #expect(error?.code == .badInput)
        #expect(
            error?.message == "cannot try the patterns of X.dockerignore on the build context \(tree.root)")
        #expect(error?.nextStep?.hasPrefix("shorten the file") == true)
        // Nobody may take what it says then for a reason to leave anything out.
        #expect(!matcher.excludes(BytePath("1/abc")))
        #expect(matcher.canContainIncluded(directory: BytePath("1")))
    }

    @Test func theSamePatternsWithinTheLimitAreTried() throws {
        let matcher = IgnoreMatcher(patterns: try costlyPatterns(), name: "X.dockerignore")
        let found = try ContextWalk(root: tree.root, matcher: matcher).findings()
        #expect(found.entries.count == 40)
    }

    @Test func exclusionsThatCostTooMuchAreNamedByTheirLine() throws {
        var pattern = ReadScope.Pattern(
            ContextRead(components: [], line: 7, instruction: "COPY"))
        pattern.excluded = IgnoreMatcher(
            patterns: try costlyPatterns(), name: "--exclude", effort: MatchEffort(limit: 500_000))
        let error = #expect(throws: StokerError.self) {
            try ContextWalk(root: tree.root, reads: ReadScope([pattern])).findings()
        }
        #expect(error?.message.contains("the --exclude patterns of line 7 of the Dockerfile") == true)
    }

    @Test func aWalkThatNobodyWaitsForAnyMoreEnds() throws {
        let cancellation = WorkCancellation()
        cancellation.cancel()
        let error = #expect(throws: StokerError.self) {
            try WorkCancellation.$current.withValue(cancellation) {
                try ContextWalk(root: tree.root).findings()
            }
        }
        #expect(error?.code == .interrupted)
    }
}
