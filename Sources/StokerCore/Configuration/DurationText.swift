/// Durations as people write and read them.
public enum DurationText {
    private static let units: [(name: Character, seconds: Int64)] = [
        ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1),
    ]
    /// Seconds: a hundred years. Nobody means more, and sums of dates and durations stay in range.
    private static let limit: Int64 = 36_525 * 86_400

    /// Reads `90s`, `15m`, `2h`, `1d`, `2h30m`: whole numbers with units, the larger unit first.
    ///
    /// - Throws: `StokerError` (`badInput`) for anything else, above all a bare number, which one reader
    ///   takes for seconds and the next for minutes.
    public static func parse(_ text: String) throws -> Duration {
        func failure(_ cause: String) -> StokerError {
            StokerError(
                .badInput, "\(text.quoted) is not a duration", cause: cause,
                nextStep: "write whole numbers with the units d, h, m or s, as in 90s, 15m, 2h30m or 1d")
        }
        if text.isEmpty { throw failure("it is empty") }
        if text.hasPrefix("-") { throw failure("it is negative") }
        var total: Int64 = 0
        var digits = ""
        var remaining = units[...]
        for character in text {
            if character.isASCII, character.isNumber {
                digits.append(character)
                continue
            }
            guard let index = units.firstIndex(where: { $0.name == character }) else {
                throw failure("\(String(character).quoted) is neither a digit nor a unit")
            }
            guard !digits.isEmpty else { throw failure("no number stands before \(character)") }
            guard remaining.indices.contains(index) else {
                throw failure("\(character) does not come in the order d, h, m, s")
            }
            guard let number = Int64(digits), number <= limit / units[index].seconds else {
                throw failure("it is longer than a hundred years")
            }
            total += number * units[index].seconds
            digits = ""
            remaining = units[(index + 1)...]
        }
        guard digits.isEmpty else { throw failure("the unit is missing") }
        guard total <= limit else { throw failure("it is longer than a hundred years") }
        return .seconds(total)
    }

    /// `2 h`, `1 h 30 min`, `45 s`: exact to the second, fractions cut off; below a second in `ms`.
    public static func format(_ duration: Duration) -> String {
        if duration < .zero { return "-" + format(.zero - duration) }
        let (seconds, attoseconds) = duration.components
        if seconds == 0 {
            let milliseconds = attoseconds / 1_000_000_000_000_000
            return milliseconds == 0 ? "0 s" : "\(milliseconds) ms"
        }
        return parts(of: seconds).map { "\($0.count) \($0.unit == "m" ? "min" : String($0.unit))" }
            .joined(separator: " ")
    }

    /// The same of seconds as a file or another program tells them, which may be any number. Nothing is shorter than
    /// no time: clocks differ, and are set back.
    public static func format(seconds: Double) -> String {
        if seconds.isNaN { return "an unknown time" }
        guard seconds <= Double(limit) else { return "more than a hundred years" }
        return format(.milliseconds(Int64(max(0, seconds) * 1000)))
    }

    /// As it is written into a configuration, and read by `parse`: `1h30m`, `0s`; fractions of a second cut off.
    static func source(_ duration: Duration) -> String {
        let parts = parts(of: duration.components.seconds)
        return parts.isEmpty ? "0s" : parts.map { "\($0.count)\($0.unit)" }.joined()
    }

    /// How many there are of each unit, the largest first; none of no time, nor of less.
    private static func parts(of seconds: Int64) -> [(count: Int64, unit: Character)] {
        var rest = seconds
        return units.compactMap { unit in
            guard rest >= unit.seconds else { return nil }
            defer { rest %= unit.seconds }
            return (rest / unit.seconds, unit.name)
        }
    }
}
