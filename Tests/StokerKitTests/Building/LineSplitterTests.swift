@testable import StokerKit
import Testing

@Suite struct LineSplitterTests {
    @Test(arguments: [
        ("", []), ("a", ["a"]), ("a\n", ["a"]), ("a\nb", ["a", "b"]), ("a\r\nb\r\n", ["a", "b"]),
        ("\n\n", ["", ""]), ("a\rb\n", ["ab"]), ("ü→\n", ["ü→"]), ("a\u{2028}b\n", ["ab"]),
    ])
    func linesEndWhereTheirBreaksAre(text: String, lines: [String]) {
        // However the pipe cuts it.
        for size in 1...4 {
            var splitter = LineSplitter()
            var found: [String] = []
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                found += splitter.add(rest.prefix(size))
                rest = rest.dropFirst(size)
            }
            if let last = splitter.finish() { found.append(last) }
            #expect(found == lines)
            #expect(splitter.finish() == nil)
        }
    }

    @Test func whatIsNotTextIsShownAsFarAsItIs() {
        var splitter = LineSplitter()
        #expect(splitter.add([0x61, 0xFF, 0x62, 0x0A]) == ["a\u{FFFD}b"])
    }

    @Test func aLineThatNeverEndsIsCutOff() {
        var splitter = LineSplitter()
        let long = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        #expect(splitter.add(long) == [])
        let lines = splitter.add(Array("y\nnext\n".utf8))
        #expect(lines == [String(repeating: "x", count: LineSplitter.longestLine) + "…", "next"])
    }
}
