@testable import StokerCore
import Testing

@Suite struct ProcessStatusTests {
    static func line(_ name: String, state: String = "S", threads: Int = 1, started: String = "4242")
        -> [UInt8]
    {
        let middle = (4...19).map { "\($0)" }.joined(separator: " ")
        return Array("7 (\(name)) \(state) \(middle) \(threads) 0 \(started) 23 24 25\n".utf8)
    }

    @Test(arguments: ["sleep", "a b", ") R 1 1 1", "((", "é\n1"]) func anyNameIsPassedOver(name: String) {
        #expect(
            ProcessStatus(line: ProcessStatusTests.line(name))
                == ProcessStatus(started: 4242, hasEnded: false))
    }

    @Test(arguments: [("Z", 1, true), ("Z", 2, false), ("Z", 0, false), ("R", 1, false), ("X", 1, false)])
    func itHasEndedWhenNoThreadIsLeft(state: String, threads: Int, hasEnded: Bool) {
        let line = ProcessStatusTests.line("x", state: state, threads: threads)
        #expect(ProcessStatus(line: line)?.hasEnded == hasEnded)
    }

    @Test(arguments: ["", "7", "7 (x) S 1 2", "7 (x S 1 2 3"]) func whatIsCutOffTellsNothing(text: String) {
        #expect(ProcessStatus(line: Array(text.utf8)) == nil)
        #expect(ProcessStatus(line: ProcessStatusTests.line("x", started: "soon")) == nil)
    }
}
