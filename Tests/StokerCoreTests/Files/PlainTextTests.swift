import Testing

@testable import StokerCore

@Suite struct PlainTextTests {
    @Test(arguments: [
        ("a\tb é 漢 👩‍👧", "a\tb é 漢 👩‍👧"), ("a\u{1B}[31mb\u{7}", "ab"), ("a\u{9B}31mb", "ab"),
        ("\u{1B}[38;5;9m\u{1B}[1mx\u{1B}[0m y", "x y"), ("a\u{1B}]0;title\u{7}b", "a]0;titleb"),
        ("a\u{1B}[3\nb", "a[3 b"),
        ("a\u{1B}[", "a["), ("\u{1B}[2J\u{1B}\u{1B}[1Aa", "a"),
        ("a\r\nb", "a b"), ("x\u{202E}fdp.exe", "xfdp.exe"), ("a\u{2066}b\u{2069}\u{200F}", "ab"),
        ("a\u{2028}b", "ab"),
    ])
    func whatSteersATerminalIsLeftOut(text: String, plain: String) {
        #expect(text.plain() == plain)
    }

    @Test func lineBreaksAreKeptWhereThatIsAskedFor() {
        #expect("a\u{1B}\r\nb".plain(keepingLineBreaks: true) == "a\nb")
    }

    @Test(arguments: [
        ("a b", "a b"), ("é漢", "é漢"), ("a\u{9B}b", #""a\302\233b""#),
        ("x\u{202E}fdp.exe", #""x\342\200\256fdp.exe""#), ("a\nb", #""a\nb""#),
    ])
    func aPathThatSteersATerminalIsQuoted(path: String, shown: String) {
        #expect(BytePath(path).description == shown)
    }
}
