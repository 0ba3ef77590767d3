import Foundation
import Testing

@testable import StokerCore

@Suite struct LockHolderTests {
    private static func holder(step: String? = nil, recent: [Double]? = nil) -> LockHolder {
        var holder = LockHolder(pid: 1, host: "h", command: "stoker warm", since: 1000, image: "t:1")
        holder.step = step
        holder.recent = recent
        return holder
    }

    @Test(arguments: [
        (holder(), 1000.5, ""), (holder(), 1012.9, ", for 12 s"), (holder(), 900, ""),
        (holder(step: "3/7"), 900, ", at step 3/7"),
        (holder(step: "tests 3/7"), 1061, ", for 1 min 1 s, at step tests 3/7"),
        (holder(recent: [31.2]), 900, "; its last build took 31 s"),
        (holder(recent: [0.25, 31, 28]), 900, "; its last builds took 250 ms, 31 s and 28 s"),
        (holder(recent: []), 900, ""), (holder(recent: [-1, 1e300, .infinity]), 900, ""),
    ]) func theStoryTellsWhatIsKnown(holder: LockHolder, now: Double, more: String) {
        #expect(holder.story(now: now) == "stoker warm (process 1 on h), which builds t:1" + more)
    }

    @Test func aStrangersWordsSteerNoTerminal() {
        #expect(!LockHolderTests.holder(step: "1/2\u{1B}[2J").story(now: 0).contains("\u{1B}"))
    }

    @Test func aLineIsReadBackWhateverStandsBehindIt() throws {
        var holder = LockHolderTests.holder(step: "3/7", recent: [1, 2.5])
        holder.refusal = LockHolder.Refusal(
            digest: "sha256:a", engine: "unix:///x", message: "m", cause: "two\nlines", nextStep: "n",
            seconds: 2,
            reason: "r")
        #expect(LockHolder(line: holder.line) == holder)
        #expect(LockHolder(line: holder.line + Array("rest of a longer line\n".utf8)) == holder)
        #expect(LockHolder(line: holder.line.dropLast(2) + []) == nil)
    }

    @Test func aLongCauseStillFits() throws {
        var holder = LockHolderTests.holder()
        holder.refusal = LockHolder.Refusal(
            digest: "d", engine: "e", message: "m",
            cause: String(repeating: "\u{1F525}", count: 100_000) + "end",
            nextStep: nil, seconds: 1, reason: "r")
        #expect(holder.line.count < LockHolder.sizeLimit)
        #expect(LockHolder(line: holder.line)?.refusal?.cause?.hasSuffix("end") == true)
    }
}
