import SystemPackage
import Testing

@testable import StokerCore

@Suite struct AliasTests {
    /// Each level names the one before it nine times: 9^12 values, were they written out.
    private static let laughs =
        "a0: &a0 [x]\n"
        + (1...12).map { level in
            let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            return "a\(level): &a\(level) [\(aliases)]\n"
        }.joined()

    /// Each level holds the one before it once: small, and 5000 levels deep.
    private static let depths =
        "a0: &a0 [x]\n" + (1...5000).map { "a\($0): &a\($0) [*a\($0 - 1)]\n" }.joined()

    private static let refusal =
        "found aliases that expand to more than 100000 values or 100 levels; write the values out"

    /// Named, so that a failure does not print them.
    private static let bombs = [
        "wide": (laughs, "FILE:6:5: "),
        "as an explicit key": (laughs + "? *a12\n: 1\n", "FILE:6:5: "),
        "as a simple key": (laughs + "*a12 : 1\n", "FILE:6:5: "),
        "within a key": (laughs + "? [*a12]\n: 1\n", "FILE:6:5: "),
        "merged": ("a: &a {x: 1}\n" + laughs + "image: {<<: [*a, *a12]}\n", "FILE:7:5: "),
        "deep": (depths, "FILE:100:6: "),
    ]

    @Test(arguments: bombs.keys.sorted())
    func aliasesThatExplodeAreRefusedBeforeTheyAreFollowed(name: String) throws {
        let fixture = try ConfigurationFixture()
        let (yaml, place) = try #require(Self.bombs[name])
        #expect(fixture.failure { try fixture.load(yaml) } == place + Self.refusal)
    }

    @Test func anAnchorThatHoldsItselfIsRefused() throws {
        let fixture = try ConfigurationFixture()
        #expect(
            fixture.failure { try fixture.load("image: &a {args: *a}\n") }
                == "FILE:1:18: not valid YAML: found undefined alias")
    }

    @Test func anAnchorThatIsDefinedAgainIsCountedAsItIsUsed() throws {
        let fixture = try ConfigurationFixture()
        let yaml =
            "images:\n  a: {args: &a {X: 1}}\n"
            + (0..<50).map { "  b\($0): {args: &a {<<: *a, X\($0): 2}}\n" }.joined()
        let images = try fixture.load(yaml).images
        #expect(images.count == 51)
        #expect(images[50].arguments.count == 51)
    }

    @Test func starsAndAmpersandsInTextAreNoAliases() throws {
        let fixture = try ConfigurationFixture()
        let settings = try fixture.load(
            """
            # see *this & &that
            image: {args: {A: &a "*a", B: 'x &a *a', C: *a, D: "*a*b**"}}
            reaping: {patterns: ['app-*-{hex:8}', "db-*-{hex:6}"]}
            """)
        #expect(settings.images[0].arguments == ["A": "*a", "B": "x &a *a", "C": "*a", "D": "*a*b**"])
        #expect(settings.reaping.patterns.map(\.text) == ["app-*-{hex:8}", "db-*-{hex:6}"])
    }

    @Test func aKeyThatIsAnAliasTwiceIsNamedAsItIsWritten() throws {
        let fixture = try ConfigurationFixture()
        #expect(
            fixture.failure { try fixture.load("image: &a tag\nx: {*a : 1, *a : 2}\n") }
                == "FILE:2:5: found the key \"*a\" more than once in a map; keep one of them")
    }

    @Test(arguments: ["[", "{a: ", "- ", "? "])
    func nestingBeyondTheParsersLimitIsRefused(opening: String) throws {
        let fixture = try ConfigurationFixture()
        let text = fixture.failure { try fixture.load(String(repeating: opening, count: 20_000)) }
        #expect(text?.contains("FILE:1:") == true)
    }
}
