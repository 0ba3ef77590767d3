import StokerCore
import Testing

/// The rules are those of Go's `path/filepath/match.go`.
struct ComponentPatternTests {
    private func matches(_ pattern: [UInt8], _ name: [UInt8]) throws -> Bool {
        let pattern = try #require(ComponentPattern(pattern))
        return name.withUnsafeBufferPointer { pattern.matches($0) }
    }

    @Test(arguments: [
        ("*", "", true), ("*", "abc", true), ("a*", "abc", true), ("*c", "abc", true), ("*b", "abc", false),
        ("a*b*c", "aXbYc", true), ("a*b*c", "acb", false), ("?", "é", true), ("??", "é", false),
        ("[a-c]x", "bx", true), ("[^a-c]x", "bx", false), ("[^a-c]x", "dx", true), ("[]a]", "a", nil),
        ("[\\]a]", "]", true), ("a\\*", "a*", true), ("a\\*", "ab", false), ("[a-", "a", nil),
        ("[", "a", nil),
        ("[a-]", "a", nil), ("a\\", "a", nil), ("[-a]", "a", nil), ("[c-a]", "b", false), ("**a", "ba", true),
        ("*[^é]", "é", true), ("x*?", "x", false), ("*.t?t", "a.txt", true), ("a]", "a]", true),
    ])
    func aPatternMatchesAsGoDoes(_ pattern: String, _ name: String, _ expected: Bool?) throws {
        let pattern = Array(pattern.utf8)
        guard let expected else {
            #expect(ComponentPattern(pattern) == nil)
            return
        }
        #expect(try matches(pattern, Array(name.utf8)) == expected)
    }

    @Test func aStrayByteIsOneCharacter() throws {
        #expect(try matches(Array("??".utf8), [0xFF, 0xC3]))
        #expect(try matches([UInt8(ascii: "*"), 0xFF], [0x61, 0xFF]))
        #expect(ComponentPattern([UInt8(ascii: "["), 0xFF, UInt8(ascii: "]")]) == nil)
    }

    @Test(.timeLimit(.minutes(10)))
    func manyStarsDoNotRunAway() throws {
        let pattern = Array(String(repeating: "*a", count: 100).utf8) + [UInt8(ascii: "b")]
        #expect(try !matches(pattern, Array(repeating: UInt8(ascii: "a"), count: 4_000)))
    }
}
