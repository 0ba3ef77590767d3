import Testing

@testable import StokerCore

@Suite struct ContainerPatternParsingTests {
    @Test(arguments: [
        ("", "at least 3 literal characters", "its end after 0 characters"),
        ("cl", "at least 3 literal characters", "its end after 2 characters"),
        ("*-{hex:8}", "at least 3 literal characters", "\"*\" at character 1"),
        ("c-*-{hex:8}", "at least 3 literal characters", "\"*\" at character 3"),
        ("{hex:8}", "at least 3 literal characters", "\"{\" at character 1"),
        ("c-{hex:8}", "at least 3 literal characters", "\"{\" at character 3"),
        ("-clud-*-{hex:8}", "a letter or a digit, with which", "\"-\" at character 1"),
        ("/clud-*-{hex:8}", "a letter, a digit, `_`", "\"/\" at character 1"),
        ("clud-*", "a suffix such as `-{hex:8}`", "its end after 6 characters"),
        ("clud", "a suffix such as `-{hex:8}`", "its end after 4 characters"),
        ("clud-**-{hex:8}", "one `*`", "\"*\" at character 7"),
        ("clud-*{hex:8}", "`-`, `_` or `.` before the suffix", "\"{\" at character 7"),
        ("clud{hex:8}", "`-`, `_` or `.` before the suffix", "\"{\" at character 5"),
        ("clud-*-a{hex:8}", "`-`, `_` or `.` before the suffix", "\"{\" at character 9"),
        ("clud-*-{hex:5}", "a number of digits from 6 to 64", "\"5\" at character 13"),
        ("clud-*-{hex:65}", "a number of digits from 6 to 64", "\"6\" at character 13"),
        ("clud-*-{hex:08}", "a number of digits from 6 to 64", "\"0\" at character 13"),
        ("clud-*-{hex:}", "a number of digits from 6 to 64", "\"}\" at character 13"),
        ("clud-*-{hex:+8}", "a number of digits from 6 to 64", "\"+\" at character 13"),
        ("clud-*-{hex:", "a number of digits from 6 to 64", "its end after 12 characters"),
        ("clud-*-{hex:99999999999999999999}", "a number of digits from 6 to 64", "at character 13"),
        ("clud-*-{hex:8", "`}`", "its end after 13 characters"),
        ("clud-*-{hex:8x}", "`}`", "\"x\" at character 14"),
        ("clud-*-{HEX:8}", "`{hex:N}`", "\"H\" at character 9"),
        ("clud-*-{", "`{hex:N}`", "its end after 8 characters"),
        ("clud-*-{dec:8}", "`{hex:N}`", "\"d\" at character 9"),
        ("clud-*-{hex:8}-x", "nothing more", "\"-\" at character 15"),
        ("clud-*-{hex:8}\n", "nothing more", "\"\\n\" at character 15"),
        ("clud-{hex:8}-{hex:8}", "nothing more", "\"-\" at character 13"),
        ("clud-ä-{hex:8}", "a letter, a digit, `_`", "\"ä\" at character 6"),
        ("clud-?-{hex:8}", "a letter, a digit, `_`", "\"?\" at character 6"),
        ("clud-\u{1B}[2J-{hex:8}", "a letter, a digit, `_`", "\"\\u{1B}\" at character 6"),
        ("clud-*-}", "a letter, a digit, `_`", "\"}\" at character 8"),
    ])
    func `a wrong pattern is refused at the right place`(text: String, expected: String, found: String) {
        let error = #expect(throws: StokerError.self) { try ContainerPattern(parsing: text) }
        guard let error else { return }
        #expect(error.code == .badInput)
        #expect(error.message.contains("expected " + expected))
        #expect(error.message.hasSuffix(found))
        #expect(error.description.unicodeScalars.allSatisfy { $0.value >= 0x20 })
    }

    @Test(arguments: [
        "abc-{hex:6}", "clud-*-{hex:64}", "a.b*c.{hex:10}", "A0_*_{hex:7}", "clud-*x*-{hex:8}",
        "clud*-{hex:8}",
    ])
    func `a right pattern keeps its text`(text: String) throws {
        #expect(try ContainerPattern(parsing: text).text == text)
    }
}
