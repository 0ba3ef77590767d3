import Testing

@testable import StokerCore

@Suite struct EngineTimeTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0, 0), ("2026-11-22T18:10:00.123456789Z", 1_795_371_000, 123_456_789),
            ("2026-11-22T18:10:00.1Z", 1_795_371_000, 100_000_000),
            ("2026-11-22T18:10:00.000000001Z", 1_795_371_000, 1),
            ("2026-11-22T18:10:00.1234567899Z", 1_795_371_000, 123_456_789),
            ("2026-11-22T19:10:00+01:00", 1_795_371_000, 0), ("2026-11-22T12:40:00-05:30", 1_795_371_000, 0),
            ("2026-11-22t18:10:00z", 1_795_371_000, 0), ("2024-02-29T00:00:00Z", 1_709_164_800, 0),
            ("2000-02-29T23:59:60Z", 951_868_800, 0), ("1969-12-31T23:59:59.5Z", -1, 500_000_000),
            ("9999-12-31T23:59:59Z", 253_402_300_799, 0), ("2100-03-01T00:00:00Z", 4_107_542_400, 0),
            ("0002-01-01T00:00:00Z", -62_104_060_800, 0),
        ] as [(String, Int64, Int32)])
    func `an engine's time is read`(text: String, seconds: Int64, nanoseconds: Int32) throws {
        let time = try #require(try EngineTime.parse(text))
        #expect(time.seconds == seconds)
        #expect(time.nanoseconds == nanoseconds)
    }

    @Test(arguments: [
        "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000000Z", "0001-01-01T00:00:00+00:00",
        "0000-01-01T00:00:00Z",
    ])
    func `year 1 is never`(text: String) throws {
        #expect(try EngineTime.parse(text) == nil)
    }

    @Test(arguments: [
        "", "0", "2026-11-22", "2026-11-22T18:10:00", "2026-11-22 18:10:00Z", "2026-11-22T18:10Z",
        "2026-11-22T18:10:00.Z", "2026-13-22T18:10:00Z", "2026-00-22T18:10:00Z", "2026-11-31T18:10:00Z",
        "2026-11-00T18:10:00Z", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-11-22T24:00:00Z",
        "2026-11-22T18:60:00Z", "2026-11-22T18:10:61Z", "2026-11-22T18:10:00Z ", " 2026-11-22T18:10:00Z",
        "2026-11-22T18:10:00+0100", "2026-11-22T18:10:00+24:00", "2026-11-22T18:10:00+01:60",
        "2026-11-22T18:10:00*01:00", "26-11-22T18:10:00Z", "-026-11-22T18:10:00Z", "٢٠٢٦-11-22T18:10:00Z",
        "2026-11-22T18:10:00Z\n", "9999-12-31T23:59:59-01:00", "0001-13-01T00:00:00Z",
    ])
    func `what is no time is an error`(text: String) {
        #expect(throws: StokerError.self) { try EngineTime.parse(text) }
    }

    @Test func `times are ordered to the nanosecond`() throws {
        let texts = [
            "1969-12-31T23:59:58.9Z", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z",
            "1970-01-01T00:00:00.000000001Z", "1970-01-01T00:00:01Z",
        ]
        let times = try texts.map { try #require(try EngineTime.parse($0)) }
        for (index, time) in times.enumerated() {
            for (otherIndex, other) in times.enumerated() {
                #expect((time < other) == (index < otherIndex))
                #expect((time == other) == (index == otherIndex))
            }
        }
    }

    @Test func `a difference is exact in both directions`() throws {
        let early = try #require(try EngineTime.parse("2026-11-22T18:10:00.9Z"))
        let late = try #require(try EngineTime.parse("2026-11-22T18:10:02.1Z"))
        #expect(late.since(early) == .milliseconds(1200))
        #expect(early.since(late) == .milliseconds(-1200))
        let first = try #require(try EngineTime.parse("0002-01-01T00:00:00Z"))
        let last = try #require(try EngineTime.parse("9999-12-31T23:59:59Z"))
        #expect(last.since(first) == .seconds(253_402_300_799 + 62_104_060_800))
    }

    @Test(arguments: [Int64.min, -62_135_596_801, 253_402_300_800, Int64.max])
    func `seconds that no clock shows are no time`(seconds: Int64) {
        #expect(EngineTime(unixSeconds: seconds) == nil)
    }

    @Test func `seconds of the list are a time`() throws {
        let listed = try #require(EngineTime(unixSeconds: 1_795_371_000))
        #expect(try EngineTime.parse("2026-11-22T18:10:00Z") == listed)
    }

    @Test(arguments: [
        (0, "0 s"), (59, "59 s"), (60, "1 min"), (7200, "2 h"), (7203, "2 h 3 s"), (7380, "2 h 3 min"),
        (86400, "24 h"), (172_799, "47 h 59 min"), (172_800, "2 d"), (183_601, "2 d 3 h"),
    ])
    func `an age is told roughly`(seconds: Int, words: String) {
        #expect(Duration.seconds(seconds).roughly == words)
    }
}
