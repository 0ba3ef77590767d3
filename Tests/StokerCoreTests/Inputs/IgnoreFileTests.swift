@testable import StokerCore
import TestSupport
import Testing

@Suite struct IgnoreFileTests {
    func parsed(_ text: String) throws -> [String] {
        try IgnoreFile(Array(text.utf8), name: "i").patterns
            .map { "\($0.line):\($0.isException ? "!" : "")\(String(decoding: $0.text, as: UTF8.self))" }
    }

    /// The rules of moby's ignorefile.ReadAll and of patternmatcher.New after it.
    @Test(arguments: [
        ("", []), ("a", ["1:a"]), ("a\nb\n", ["1:a", "2:b"]), ("a\r\nb\r\n", ["1:a", "2:b"]),
        ("\u{FEFF}#c\na", ["2:a"]), ("\u{FEFF}a", ["1:a"]), ("#a\n #a", ["2:#a"]),
        ("  a \t\n\n \n", ["1:a"]), ("\u{A0}a\u{3000}", ["1:a"]), ("! a ", ["1:!a"]), ("!!a", ["1:!!a"]),
        ("/a", ["1:a"]), ("//a", ["1:a"]), ("!/a", ["1:!a"]), ("/", ["1:/"]), (".", ["1:."]),
        ("./a/", ["1:a"]), ("a/../b", ["1:b"]), ("../a", ["1:../a"]), ("/../a", ["1:a"]),
        ("a//b/./c", ["1:a/b/c"]), ("/!a", ["1:!a"]), ("\\!a", ["1:\\!a"]), ("\\#a", ["1:\\#a"]),
        ("/ a", ["1:a"]), ("/ /", []), ("!.", ["1:!."]), ("**/", ["1:**"]),
    ])
    func linesAreReadAsMobyReadsThem(_ text: String, _ expected: [String]) throws {
        #expect(try parsed(text) == expected)
    }

    @Test(arguments: ["!", " ! ", "!/", "a\n!"])
    func anExclamationMarkAloneIsRefused(_ text: String) {
        #expect(throws: StokerError.self) { try parsed(text) }
    }

    @Test func aLineThatTheBuildersCannotReadIsRefused() throws {
        let longest = String(repeating: "a", count: 65_535)
        #expect(try parsed(longest).count == 1)
        #expect(try parsed("\(longest)\nb").count == 2)
        let error = #expect(throws: StokerError.self) { try parsed("b\n#\(longest)") }
        #expect(error?.message == "cannot read line 2 of i")
    }

    @Test(.timeLimit(.minutes(10))) func hugeFilesStayCheap() throws {
        let lines = (0..<20_000).map { "dir/file\($0)" }.joined(separator: "\n")
        let matcher = IgnoreMatcher(try IgnoreFile(Array(lines.utf8), name: "i"))
        for number in 0..<2000 {
            #expect(matcher.excludes(BytePath("dir/file\(number)")))
            #expect(!matcher.excludes(BytePath("file\(number)")))
        }
    }

    @Test(.timeLimit(.minutes(10))) func noPatternRunsAway() throws {
        // The last rune is a wildcard, so that no look at the path's end alone can tell.
        let pattern = String(repeating: "*a", count: 300) + "b?"
        #expect(try !excludes([pattern], String(repeating: "a", count: 255)))
        let doubled = "x" + String(repeating: "**/", count: 300) + "*b?"
        #expect(try !excludes([doubled], "x" + String(repeating: "/a", count: 60)))
    }

    /// Attacks the pruning: random patterns and a whole small tree, looked at path by path.
    @Test func aDirectoryThatIsNotEnteredHoldsNothing() throws {
        var random = SeededGenerator(seed: 7)
        let names = ["a", "b", "ab"]
        let parts = ["a", "b", "ab", "*", "**", "a*", "?b", "[ab]", "**b", "a**"]
        var paths: [String] = []
        for first in names {
            paths.append(first)
            for second in names {
                paths.append("\(first)/\(second)")
                paths += names.map { "\(first)/\(second)/\($0)" }
            }
        }
        var pruned = 0
        for _ in 0..<600 {
            // There are parts to choose from, so the choice is never nil.
            let lines = (0..<Int.random(in: 1...5, using: &random)).map { _ in
                let pattern = (0..<Int.random(in: 1...3, using: &random))
                    .map { _ in parts.randomElement(using: &random)! }.joined(separator: "/")
                return (Bool.random(using: &random) ? "!" : "") + pattern
            }
            let matcher = try matcher(lines)
            for directory in paths where !matcher.canContainIncluded(directory: BytePath(directory)) {
                pruned += 1
                for path in paths where path == directory || path.hasPrefix(directory + "/") {
                    #expect(
                        matcher.excludes(BytePath(path)), "\(lines): \(directory) is pruned, \(path) is in")
                }
            }
        }
        #expect(pruned > 300)
    }

    @Test(arguments: [
        (["node_modules"], "node_modules", false), (["node_modules"], "src", true),
        (["*", "!src/app"], "src", true), (["*", "!src/app"], "docs", false),
        (["*", "!src/app"], "src/lib", false), (["*", "!**/*.md"], "docs", true),
        (["!docs", "*"], "docs", false), (["*", "!docs/**"], "docs", true), (["**", "!a?c/x*"], "abc", true),
        (["**", "!a?c/x*"], "abd", false), (["**", "!a?c/x*"], "abc/y", false),
    ])
    func onlyDirectoriesThatCanHoldInputsAreEntered(_ lines: [String], _ path: String, _ isEntered: Bool)
        throws
    {
        #expect(try matcher(lines).canContainIncluded(directory: BytePath(path)) == isEntered)
    }
}
