import Testing

@testable import StokerCore

@Suite struct DurationTextTests {
    @Test(arguments: [
        ("90s", 90), ("15m", 900), ("2h", 7200), ("1d", 86_400), ("2h30m", 9000), ("0s", 0), ("0d", 0),
        ("1d2h3m4s", 93_784), ("90m", 5400), ("007s", 7), ("36525d", 36_525 * 86_400), ("1d90m", 91_800),
    ])
    func durationsAreNumbersWithUnits(text: String, seconds: Int64) throws {
        #expect(try DurationText.parse(text) == .seconds(seconds))
    }

    @Test(arguments: [
        ("", "it is empty"), ("15", "the unit is missing"), ("0", "the unit is missing"),
        ("2h30", "the unit is missing"), ("-1h", "it is negative"), ("h", "no number stands before h"),
        ("1hm", "no number stands before m"), ("1m1h", "h does not come in the order d, h, m, s"),
        ("1h1h", "h does not come in the order d, h, m, s"), ("1.5h", "\".\" is neither a digit nor a unit"),
        ("2 h", "\" \" is neither a digit nor a unit"), ("2H", "\"H\" is neither a digit nor a unit"),
        ("1w", "\"w\" is neither a digit nor a unit"), ("+1s", "\"+\" is neither a digit nor a unit"),
        ("٣s", "\"٣\" is neither a digit nor a unit"), ("36526d", "it is longer than a hundred years"),
        ("36525d1s", "it is longer than a hundred years"),
        ("99999999999999999999s", "it is longer than a hundred years"),
    ])
    func anythingElseIsRefusedWithTheReason(text: String, reason: String) {
        #expect(
            throws: StokerError(
                .badInput, "\(text.quoted) is not a duration", cause: reason,
                nextStep: "write whole numbers with the units d, h, m or s, as in 90s, 15m, 2h30m or 1d")
        ) { try DurationText.parse(text) }
    }

    @Test(arguments: [
        (Duration.zero, "0 s"), (.seconds(45), "45 s"), (.seconds(60), "1 min"), (.seconds(7200), "2 h"),
        (.seconds(5400), "1 h 30 min"), (.seconds(86_400), "1 d"), (.seconds(93_784), "1 d 2 h 3 min 4 s"),
        (.seconds(86_401), "1 d 1 s"), (.milliseconds(250), "250 ms"), (.microseconds(3), "0 s"),
        (.milliseconds(1999), "1 s"), (.seconds(-90), "-1 min 30 s"), (.milliseconds(-5), "-5 ms"),
    ])
    func durationsAreWrittenForPeople(duration: Duration, text: String) {
        #expect(DurationText.format(duration) == text)
    }

    @Test(arguments: [
        (0, "0 s"), (0.25, "250 ms"), (90.9, "1 min 30 s"), (-1, "0 s"), (-1e308, "0 s"), (-.infinity, "0 s"),
        (3_155_760_000, "36525 d"), (3_155_760_001, "more than a hundred years"),
        (1e30, "more than a hundred years"), (.infinity, "more than a hundred years"),
        (.nan, "an unknown time"),
    ])
    func secondsOfAnySizeAreWrittenForPeople(seconds: Double, text: String) {
        #expect(DurationText.format(seconds: seconds) == text)
    }
}
