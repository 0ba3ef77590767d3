import StokerCore
@testable import StokerKit
import Testing

@Suite struct EngineClockTests {
    static func time(_ text: String) throws -> EngineTime { try #require(try EngineTime.parse(text)) }

    @Test(
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Tue, 29 Feb 2028 23:59:59 GMT", 1_835_481_599),
            ("Sun, 22 Nov 2026 12:00:00 GMT", 1_795_348_800),
            ("Sun, 29 Feb 2026 12:00:00 GMT", nil), ("Sunday, 06-Nov-94 08:49:37 GMT", nil),
            ("Sun Nov  6 08:49:37 1994", nil), ("Sun, 06 Nov 1994 08:49:37 CET", nil),
            ("Sun, 06 nov 1994 08:49:37 GMT", nil), ("", nil), ("Mon, 01 Jan 0001 00:00:00 GMT", nil),
            ("Sun, 06 Nov 1994 08:49:37 GMT ", nil), ("     ", nil),
        ] as [(String, Int64?)])
    func theDateOfAnAnswerIsRead(text: String, seconds: Int64?) {
        #expect(EngineTime(httpDate: text)?.seconds == seconds)
    }

    @Test(arguments: [
        (Duration.zero, "2026-11-22T12:00:00.75Z"), (.milliseconds(250), "2026-11-22T12:00:01Z"),
        (.seconds(86400), "2026-11-23T12:00:00.75Z"), (.milliseconds(-750), "2026-11-22T12:00:00Z"),
        (.milliseconds(-751), "2026-11-22T11:59:59.999Z"),
        (.nanoseconds(-1), "2026-11-22T12:00:00.749999999Z"),
        (.seconds(-60), "2026-11-22T11:59:00.75Z"),
    ])
    func aMomentIsMoved(duration: Duration, moved: String) throws {
        let start = try EngineClockTests.time("2026-11-22T12:00:00.75Z")
        #expect(start.advanced(by: duration) == (try EngineClockTests.time(moved)))
    }

    @Test(arguments: [Duration.seconds(Int64.max), .seconds(Int64.min), .seconds(400_000_000_000)])
    func noMomentIsOutsideTheCalendar(duration: Duration) throws {
        #expect(try EngineClockTests.time("2026-11-22T12:00:00Z").advanced(by: duration) == nil)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Seconds since the reading at 12:00:00.5.
        var elapsed: Double
        var date: String?
        var time: String?

        init(_ name: String, _ elapsed: Double, _ date: String?, _ time: String?) {
            (testDescription, self.elapsed, self.date, self.time) = (name, elapsed, date, time)
        }
    }

    static let rows = [
        Row("at once", 0, "12:00:00", "12:00:00.5"),
        Row("carried on", 10, "12:00:10", "12:00:10.5"),
        Row("the answer took its time", 10, "12:00:40", "12:00:10.5"),
        Row("over a sleep of the machine", 3600, "13:00:01", "13:00:00.5"),
        Row("set forward since", 10, "18:00:00", "12:00:10.5"),
        Row("rounded down", 10.25, "12:00:10", "12:00:10.75"),
        Row("set back by a second", 10, "12:00:09", nil),
        Row("set back by an hour", 10, "11:00:10", nil),
        Row("nobody says", 10, nil, nil),
    ]

    @Test(arguments: rows) func theEnginesClockIsCarriedOnUnlessItWasSetBack(row: Row) throws {
        let read = Duration.seconds(5000)
        let clock = EngineClock(
            reading: try EngineClockTests.time("2026-11-22T12:00:00.5Z"), readAt: read)
        let date = try row.date.map { try EngineClockTests.time("2026-11-22T\($0)Z") }
        let expected = try row.time.map { try EngineClockTests.time("2026-11-22T\($0)Z") }
        #expect(clock.time(at: read + .seconds(row.elapsed), confirmedBy: date) == expected)
    }

    /// The clocks of the kernel differ by the time that the machine has slept.
    @Test func theClockOfTheBootIsTheKernels() throws {
        let before = ContinuousClock.now
        let start = BootClock.system.now()
        let end = BootClock.system.now()
        #expect(start <= end && end - start <= ContinuousClock.now - before)
        #expect(start > .zero)
    }
}
