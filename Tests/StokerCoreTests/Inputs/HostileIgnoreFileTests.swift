import StokerCore
import Testing

/// Ignore files that nobody writes by hand: an error with its line, or an answer, in bounded time and memory. The time
/// is wide enough for a debug build on a busy machine; what is quadratic takes hours.
@Suite(.timeLimit(.minutes(10))) struct HostileIgnoreFileTests {
    @Test func aMillionPatternsAreReadAndDecide() throws {
        var bytes: [UInt8] = []
        for number in 0..<1_000_000 { bytes += Array("generated/\(number)\n".utf8) }
        let matcher = IgnoreMatcher(try IgnoreFile(bytes, name: ".dockerignore"))
        for number in stride(from: 0, to: 1_000_000, by: 1000) {
            #expect(matcher.excludes(BytePath("generated/\(number)")))
            #expect(!matcher.excludes(BytePath("generated/x\(number)")))
        }
    }

    /// The builders' line reader gives up beyond 65,535 bytes.
    @Test func aLineOfTenMegabytesIsAnErrorThatNamesIt() {
        let bytes = Array("a\nb\n".utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: 10 << 20)
        let error = #expect(throws: StokerError.self) { try IgnoreFile(bytes, name: ".dockerignore") }
        #expect(error?.message == "cannot read line 3 of .dockerignore")
        #expect(error?.code == .badInput)
    }

    @Test func bytesThatAreNoTextAreReadAsTheyAre() throws {
        let bytes = (0..<65_000).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13) }
        // Whether it is taken or refused, it is said with a line and soon.
        do throws(StokerError) {
            _ = try IgnoreFile(bytes, name: ".dockerignore")
        } catch {
            #expect(error.message.hasPrefix("cannot read line "))
        }
    }

    /// Cut anywhere, a file is still one: the last line may be an error of its own, and nothing else.
    @Test func everyTruncationEndsInAnAnswer() {
        let whole = Array("# c\n**/a[b-c]\\*\n!d/**\n\u{FEFF}e\r\nf\\".utf8)
        for count in 0...whole.count {
            do throws(StokerError) {
                _ = try IgnoreFile(Array(whole[..<count]), name: "i")
            } catch {
                #expect(error.message.hasPrefix("cannot read line "), "\(count)")
            }
        }
    }
}
