/// Tells digits that a person or a script took from a calendar or a clock from random ones.
///
/// A date in a name says that somebody chose the name (`clud-db-20261231`, a dump to be kept), and hex
/// digits cannot tell by themselves. In doubt it is a date, and the container stays. What that loses: of
/// random suffixes, 1.1 % with 6 digits, 0.3 % with 10, 0.13 % with 8, less than 0.1 % with any other
/// number. Names from `ContainerNamer` are never among the lost.
enum DateSuffix {
    /// Years that a date may have: before nobody dates files, and after nobody reads this.
    private static let years = 1900...2199
    /// Unix seconds from 2001, when they got their tenth digit, until 2100.
    private static let unixSeconds = 1_000_000_000..<4_102_444_800
    /// Digits in Unix seconds, milliseconds, microseconds and nanoseconds.
    private static let unixLengths: Set<Int> = [10, 13, 16, 19]

    /// How dates and times are written. Y, M, D, h, m, s as usual; J is the day of the year.
    private enum Form {
        /// With a whole year, in every order: people and their tools write each of them.
        static let dates = permutations(of: ["YYYY", "MM", "DD"])
        /// With the year's last two digits, or without a year.
        static let shortDates = permutations(of: ["YY", "MM", "DD"])
        static let yearlessDates = ["MMDD", "DDMM"]
        static let times = ["hh", "hhmm", "hhmmss"]

        private static func permutations(of parts: [String]) -> [String] {
            if parts.isEmpty { return [""] }
            return parts.indices.flatMap { index in
                var rest = parts
                let first = rest.remove(at: index)
                return permutations(of: rest).map { first + $0 }
            }
        }
    }

    /// How a whole suffix may be written.
    private static let layouts: [[UInt8]] = {
        let alone = Form.shortDates + ["YYYYMM", "MMYYYY", "hhmmss", "YYYYJJJ", "JJJYYYY"]
        let yearless = Form.yearlessDates.map { (date: $0, times: ["hhmm", "hhmmss"]) }
        let dated =
            yearless + (Form.shortDates + ["YYYYJJJ", "JJJYYYY"]).map { (date: $0, times: Form.times) }
        let timed = dated.flatMap { form in form.times.flatMap { [form.date + $0, $0 + form.date] } }
        return Array(Set(alone + timed)).map { Array($0.utf8) }
    }()
    private static let layoutsByLength = Dictionary(grouping: layouts, by: \.count)
    /// How a suffix of any length may begin or end, since a time, a counter or a commit often stands beside the date.
    private static let parts: [[UInt8]] = Form.dates.map { Array($0.utf8) }

    /// - Parameter suffix: the digits of a name, hexadecimal, all of them.
    static func isDate(_ suffix: ArraySlice<UInt8>) -> Bool {
        parts.contains { fits(suffix.prefix($0.count), $0) || fits(suffix.suffix($0.count), $0) }
            || layoutsByLength[suffix.count, default: []].contains { fits(suffix, $0) }
            || isUnixTime(suffix)
    }

    private static func isUnixTime(_ suffix: ArraySlice<UInt8>) -> Bool {
        guard unixLengths.contains(suffix.count), suffix.allSatisfy(isDecimal) else { return false }
        return unixSeconds.contains(suffix.prefix(10).reduce(0) { $0 * 10 + value($1) })
    }

    private static func fits(_ digits: ArraySlice<UInt8>, _ layout: [UInt8]) -> Bool {
        guard digits.count == layout.count, digits.allSatisfy(isDecimal) else { return false }
        var fields: [UInt8: (value: Int, length: Int)] = [:]
        for (digit, field) in zip(digits, layout) {
            let sofar = fields[field, default: (0, 0)]
            fields[field] = (sofar.value * 10 + value(digit), sofar.length + 1)
        }
        return fields.allSatisfy { field, content in
            switch field {
            case UInt8(ascii: "Y"): content.length == 2 || years.contains(content.value)
            case UInt8(ascii: "M"): (1...12).contains(content.value)
            case UInt8(ascii: "D"): isDay(content.value, inMonth: fields[UInt8(ascii: "M")]?.value)
            case UInt8(ascii: "J"): (1...366).contains(content.value)
            case UInt8(ascii: "h"): content.value < 24
            default: content.value < 60
            }
        }
    }

    /// The 29th of February always is a day: two digits of a year do not tell a leap year.
    private static func isDay(_ day: Int, inMonth month: Int?) -> Bool {
        guard let month, (1...12).contains(month) else { return false }
        return (1...EngineTime.days(inMonth: month, ofLeapYear: true)).contains(day)
    }

    private static func isDecimal(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func value(_ digit: UInt8) -> Int { Int(digit) - Int(UInt8(ascii: "0")) }
}
