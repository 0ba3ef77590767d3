import Foundation
import Testing

@testable import StokerCore
import TestSupport

/// Parser and matcher against regular expressions that say the same, on random texts.
@Suite struct ContainerPatternFuzzTests {
    private struct Whole {
        let expression: NSRegularExpression

        init(_ pattern: String) throws {
            expression = try NSRegularExpression(pattern: "\\A(?:" + pattern + ")\\z")
        }

        func matches(_ text: String) -> Bool {
            expression.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
        }
    }

    private static let grammar =
        "[A-Za-z0-9][A-Za-z0-9_.-]{2,}(?:\\*[A-Za-z0-9_.-]+)*(?<=[_.-])"
        + "\\{hex:(?:[6-9]|[1-5][0-9]|6[0-4])\\}"

    @Test func `the parser takes exactly the grammar`() throws {
        var generator = SeededGenerator(seed: 1)
        let grammar = try Whole(Self.grammar)
        let pieces = [
            "a", "b1", "clud", "-", "_", ".", "*", "{hex:8}", "{hex:6}", "{hex:", "}", "9", "ä", "{",
        ]
        var accepted = 0
        for _ in 0..<20_000 {
            var text = (0..<Int.random(in: 0...5, using: &generator)).map { _ in
                // `randomElement` is nil for an empty array only.
                pieces.randomElement(using: &generator) ?? ""
            }.joined()
            if Bool.random(using: &generator) { text = "clud-" + text }
            if Bool.random(using: &generator) { text += "-{hex:8}" }
            let isAccepted = (try? ContainerPattern(parsing: text)) != nil
            #expect(isAccepted == grammar.matches(text), "\(text)")
            if isAccepted { accepted += 1 }
        }
        #expect(accepted > 100)
    }

    @Test(arguments: [
        "abc-{hex:6}", "aab*-{hex:6}", "aab*a*-{hex:6}", "a-a*a-a*a*-a.{hex:7}", "aa-*-a-*-{hex:8}",
        "aab*aba*ab-{hex:8}",
    ])
    func `the matcher takes exactly the whole names`(text: String) throws {
        let pattern = try ContainerPattern(parsing: text)
        let expression = try Whole(
            text.replacing(".", with: "\\.").replacing("*", with: "[A-Za-z0-9_.-]+")
                .replacing("{hex:", with: "[0-9a-f]{"))
        var generator = SeededGenerator(seed: 2)
        let alphabet = Array("aaab--..f0")
        var matched = 0
        for _ in 0..<5_000 {
            var name = ""
            for piece in text.prefix(while: { $0 != "{" }) {
                if piece != "*" {
                    name.append(piece)
                    continue
                }
                for _ in 0..<Int.random(in: 0...4, using: &generator) {
                    name.append(alphabet.randomElement(using: &generator) ?? "a")
                }
            }
            let surplus = Int.random(in: 0...9, using: &generator) == 0 ? 1 : 0
            for _ in 0..<(pattern.digitCount + surplus) {
                // No decimal digits, which would make dates.
                name.append("abcdef".randomElement(using: &generator) ?? "a")
            }
            if Int.random(in: 0...3, using: &generator) == 0, !name.isEmpty {
                let at = name.index(
                    name.startIndex, offsetBy: Int.random(in: 0..<name.count, using: &generator))
                name.replaceSubrange(
                    at...at, with: ["", "a", "-", "G", "\n", "aa"].randomElement(using: &generator) ?? "")
            }
            let isMatch = pattern.matches(name)
            #expect(isMatch == expression.matches(name), "\(name)")
            if isMatch { matched += 1 }
        }
        #expect(matched > 500)
    }
}
