import Foundation
@testable import StokerCore
import TestSupport
import Testing

/// The matcher that looks lines up against the one that tries each (`ListedMatcher`): random ignore files, random
/// paths, the same answers. `STOKER_MATCHES` in the environment says how many files, and `STOKER_SEED` which first.
@Suite(.timeLimit(.minutes(20))) struct MatcherOracleTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let count = environment["STOKER_MATCHES"].flatMap(Int.init) ?? 4_000
    private static let seed = environment["STOKER_SEED"].flatMap(UInt64.init) ?? 0

    /// What lines and paths are made of; the same few, so that they meet.
    private static let names: [[UInt8]] =
        ["a", "b", "ab", "ba", "abc", "z", "1", "é", "a.b", "\u{FFFD}"].map { Array($0.utf8) } + [
            [0xFF], [0x61, 0xC3],
        ]
    private static let wildcards =
        [
            "*", "*", "*", "?", "**", "[ab]", "[^a]", "[a-c]", "[*]", "\\*", "\\b", "\\B", "\\A", "\\z",
            "\\Qb*",
            "\\w", "^", "$", "+",
        ].map { Array($0.utf8) }

    private struct Writer {
        var random: SeededGenerator

        mutating func name() -> [UInt8] { MatcherOracleTests.names.randomElement(using: &random)! }

        mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

        mutating func line() -> [UInt8] {
            var text: [UInt8] = chance(40) ? [UInt8(ascii: "!")] : []
            let hasWildcards = chance(75)
            for component in 0..<Int.random(in: 1...3, using: &random) {
                if component > 0 { text.append(BytePath.slash) }
                if hasWildcards, chance(25) {
                    text += Array("**".utf8)
                    if chance(70) { continue }
                }
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    text +=
                        hasWildcards && chance(45)
                        ? MatcherOracleTests.wildcards.randomElement(using: &random)! : name()
                }
            }
            return text
        }

        mutating func path() -> BytePath {
            let components = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                var component = name()
                while chance(35) { component += chance(5) ? [0x0A] : name() }
                return component
            }
            return BytePath(bytes: Array(components.joined(separator: [BytePath.slash])))
        }
    }

    private static func patterns(_ writer: inout Writer) -> [IgnorePattern] {
        var lines: [[UInt8]] = []
        for _ in 0..<Int.random(in: 1...40, using: &writer.random) {
            // Some say the same as a line before.
            let same = writer.chance(15) ? lines.randomElement(using: &writer.random) : nil
            let line = same ?? writer.line()
            // One that is refused says nothing here.
            if (try? IgnoreFile(line, name: "i")) != nil { lines.append(line) }
        }
        // Each of them is understood, as has just been tried.
        return try! IgnoreFile(Array(lines.joined(separator: [0x0A])), name: "i").patterns
    }

    @Test func lookingLinesUpAnswersAsTryingEachDoes() {
        for number in 0..<Self.count {
            let seed = Self.seed + UInt64(number)
            var writer = Writer(random: SeededGenerator(seed: seed))
            let patterns = Self.patterns(&writer)
            let listed = ListedMatcher(patterns: patterns)
            // As one tree, one by one, and as the program does.
            let matchers = [0, .max, PatternIndex.globLimit].map {
                IgnoreMatcher(patterns: patterns, name: "i", globLimit: $0)
            }
            for _ in 0..<25 {
                let path = writer.path()
                for matcher in matchers { compare(matcher, listed, path, seed) }
            }
        }
    }

    private func compare(_ matcher: IgnoreMatcher, _ listed: ListedMatcher, _ path: BytePath, _ seed: UInt64)
    {
        var expected = ListedMatcher.Verdict.root
        var verdict = IgnoreMatcher.Verdict.root
        path.bytes.withUnsafeBufferPointer { bytes in
            for (start, end) in IgnoreMatcher.levels(of: bytes) {
                let level = UnsafeBufferPointer(rebasing: bytes[..<end])
                expected = listed.verdict(on: level, parent: expected)
                verdict = matcher.verdict(on: level, nameStart: start, parent: verdict)
                #expect(verdict.isExcluded == expected.isExcluded, "seed \(seed): \(path)")
                #expect(verdict.walked == expected.walked.last ?? -1, "seed \(seed): \(path)")
                #expect(verdict.matched == expected.matched.last ?? -1, "seed \(seed): \(path)")
                #expect(
                    matcher.canContainIncluded(directory: level, verdict: verdict)
                        == listed.canContainIncluded(directory: level, verdict: expected),
                    "seed \(seed): \(path)")
                #expect(
                    matcher.namesException(below: level) == listed.namesException(below: level),
                    "seed \(seed): \(path)")
            }
        }
    }
}
