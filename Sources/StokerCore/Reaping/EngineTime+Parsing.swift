extension EngineTime {
    /// Reads a time as the Engine API writes it: RFC 3339 with up to nanoseconds, such as
    /// `2026-11-22T18:10:00.123456789Z`.
    ///
    /// - Parameter text: what the engine answered.
    /// - Returns: `nil` for year 1 (and 0), by which an engine says *never*: `FinishedAt` of a container
    ///   that still runs is `0001-01-01T00:00:00Z`.
    /// - Throws: `StokerError` with the code `.engineUnavailable` for anything else that is no such time.
    ///   A container with an unreadable time is one of which too little is known; never read it as *never*.
    public static func parse(_ text: String) throws -> EngineTime? {
        var reader = Reader(text)
        guard let moment = reader.read() else {
            throw StokerError(
                .engineUnavailable, "the engine gave \(String(reflecting: text)) as a time",
                cause: "it is not in the form of RFC 3339",
                nextStep: "report the engine's name and version (docker version)")
        }
        switch moment {
        case .never: return nil
        case .at(let time): return time
        }
    }

    private enum Moment {
        case never
        case at(EngineTime)
    }

    private struct Reader {
        private var rest: Substring.UTF8View

        init(_ text: String) { rest = text[...].utf8 }

        mutating func read() -> Moment? {
            guard let year = number(4), literal("-"), let month = number(2), literal("-"),
                let day = number(2), literal("T") || literal("t"), let hour = number(2), literal(":"),
                let minute = number(2), literal(":"), let second = number(2),
                let nanoseconds = fraction(), let offset = offset(), rest.isEmpty,
                (1...12).contains(month), hour < 24, minute < 60,
                // 60 is a leap second.
                second <= 60
            else { return nil }
            let isLeapYear = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            guard (1...EngineTime.days(inMonth: month, ofLeapYear: isLeapYear)).contains(day) else {
                return nil
            }
            if year <= 1 { return .never }
            let days = Reader.daysSince1970(year: year, month: month, day: day)
            let seconds = days * 86400 + hour * 3600 + minute * 60 + second - offset
            return EngineTime(unixSeconds: Int64(seconds), nanoseconds: nanoseconds).map(Moment.at)
        }

        private mutating func literal(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest = rest.dropFirst()
            return true
        }

        private mutating func digit() -> Int? {
            guard let byte = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else {
                return nil
            }
            rest = rest.dropFirst()
            return Int(byte) - Int(UInt8(ascii: "0"))
        }

        private mutating func number(_ length: Int) -> Int? {
            var number = 0
            for _ in 0..<length {
                guard let digit = digit() else { return nil }
                number = number * 10 + digit
            }
            return number
        }

        /// Nanoseconds; digits after the ninth are dropped.
        private mutating func fraction() -> Int32? {
            guard literal(".") else { return 0 }
            guard var nanoseconds = digit() else { return nil }
            var count = 1
            while let digit = digit() {
                if count < 9 {
                    nanoseconds = nanoseconds * 10 + digit
                    count += 1
                }
            }
            for _ in count..<9 { nanoseconds *= 10 }
            return Int32(nanoseconds)
        }

        /// Seconds east of Greenwich.
        private mutating func offset() -> Int? {
            if literal("Z") || literal("z") { return 0 }
            let sign = literal("+") ? 1 : literal("-") ? -1 : 0
            guard sign != 0, let hours = number(2), literal(":"), let minutes = number(2), hours < 24,
                minutes < 60
            else { return nil }
            return sign * (hours * 3600 + minutes * 60)
        }

        /// Counts in years that begin in March, so that the leap day is the last of its year.
        private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
            let marchYear = month <= 2 ? year - 1 : year
            let marchMonth = (month + 9) % 12
            let dayOfYear = (153 * marchMonth + 2) / 5 + day - 1
            return marchYear * 365 + marchYear / 4 - marchYear / 100 + marchYear / 400 + dayOfYear - 719_468
        }
    }
}
