/// Tells digits that a person or a script took from a calendar or a clock from random ones.
///
/// A date in a name says that somebody chose the name (`clud-db-20261231`, a dump to be kept), and hex
/// digits cannot tell by themselves. In doubt it is a date, and the container stays. What that loses: of
/// random suffixes, 1.2 % with 6 digits, 0.3 % with 10, less than 0.1 % with any other number, 8 among
/// them (0.008 %). Names from `ContainerNamer` are never among the lost.
enum DateSuffix {
    /// Years that a date may have: before nobody dates files, and after nobody reads this.
    private static let years = 1900...2199
    /// Unix seconds from 2001, when they got their tenth digit, until 2100.
    private static let unixSeconds = 1_000_000_000..<4_102_444_800
    /// Digits in Unix seconds, milliseconds, microseconds and nanoseconds.
    private static let unixLengths: Set<Int> = [10, 13, 16, 19]

    /// How dates are written, for suffixes of exactly this length. Y, M, D, h, m, s as usual; J is the day
    /// of the year.
    private static let layouts: [String] = [
        "YYMMDD", "DDMMYY", "MMDDYY", "YYYYMM", "hhmmss", "YYYYJJJ", "YYMMDDhhmm", "YYMMDDhhmmss",
    ]
    /// How a suffix of any length may begin, since a time, a counter or a commit often follows the date.
    private static let beginnings: [String] = ["YYYYMMDD", "DDMMYYYY", "MMDDYYYY"]

    /// - Parameter suffix: the digits of a name, hexadecimal, all of them.
    static func isDate(_ suffix: ArraySlice<UInt8>) -> Bool {
        beginnings.contains { suffix.count >= $0.utf8.count && fits(suffix.prefix($0.utf8.count), $0) }
            || layouts.contains { suffix.count == $0.utf8.count && fits(suffix, $0) }
            || isUnixTime(suffix)
    }

    private static func isUnixTime(_ suffix: ArraySlice<UInt8>) -> Bool {
        guard unixLengths.contains(suffix.count), suffix.allSatisfy(isDecimal) else { return false }
        return unixSeconds.contains(suffix.prefix(10).reduce(0) { $0 * 10 + value($1) })
    }

    /// - Precondition: both are of the same length.
    private static func fits(_ digits: ArraySlice<UInt8>, _ layout: String) -> Bool {
        guard digits.allSatisfy(isDecimal) else { return false }
        var fields: [UInt8: (value: Int, length: Int)] = [:]
        for (digit, field) in zip(digits, layout.utf8) {
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
