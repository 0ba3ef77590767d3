import Foundation

/// Knows dates by having written all of them down, with the calendar of Foundation and none of Stoker's own code.
struct DateOracle: Sendable {
    /// Six digits: a day with two digits of its year, in any order.
    private let short: Set<String>
    /// Eight digits: a day with its whole year, in any order.
    private let long: Set<String>
    /// Four digits: a day without a year.
    private let yearless: Set<String>
    /// Seven digits: a year and the number of a day in it.
    private let ordinal: Set<String>

    static let shared = DateOracle()

    private init() {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        var (short, long, yearless, ordinal) = (Set<String>(), Set<String>(), Set<String>(), Set<String>())
        func add(_ day: DateComponents, year: String, to set: inout Set<String>) {
            let (m, d) = (String(format: "%02d", day.month ?? 0), String(format: "%02d", day.day ?? 0))
            set.formUnion([
                year + m + d, year + d + m, d + m + year, m + d + year, d + year + m, m + year + d,
            ])
        }
        // 2024, which has a 29th of February, stands for each year: two digits do not tell a leap year.
        var date = calendar.date(from: DateComponents(year: 2024, month: 1, day: 1)) ?? .distantPast
        for number in 1...366 {
            let day = calendar.dateComponents([.month, .day], from: date)
            for year in 0..<100 { add(day, year: String(format: "%02d", year), to: &short) }
            for year in 1900..<2200 {
                add(day, year: "\(year)", to: &long)
                let ordinalDay = String(format: "%03d", number)
                ordinal.formUnion(["\(year)" + ordinalDay, ordinalDay + "\(year)"])
            }
            add(day, year: "", to: &yearless)
            date = calendar.date(byAdding: .day, value: 1, to: date) ?? date
        }
        (self.short, self.long, self.yearless, self.ordinal) = (short, long, yearless, ordinal)
    }

    func isDate(_ digits: String) -> Bool {
        if long.contains(String(digits.prefix(8))) || long.contains(String(digits.suffix(8))) { return true }
        guard digits.allSatisfy({ ("0"..."9").contains($0) }) else { return false }
        if [10, 13, 16, 19].contains(digits.count), let seconds = Int(digits.prefix(10)),
            (1_000_000_000..<4_102_444_800).contains(seconds)
        {
            return true
        }
        if short.contains(digits) || ordinal.contains(digits) || digits.count == 6 && isTime(digits) {
            return true
        }
        if digits.count == 6,
            isMonth(digits.prefix(4), digits.suffix(2)) || isMonth(digits.suffix(4), digits.prefix(2))
        {
            return true
        }
        return [(short, 6, 2), (ordinal, 7, 2), (yearless, 4, 4)].contains { days, length, shortest in
            let rest = digits.count - length
            guard rest >= shortest, [2, 4, 6].contains(rest) else { return false }
            return days.contains(String(digits.prefix(length))) && isTime(String(digits.suffix(rest)))
                || days.contains(String(digits.suffix(length))) && isTime(String(digits.prefix(rest)))
        }
    }

    private func isMonth(_ year: Substring, _ month: Substring) -> Bool {
        (1900..<2200).contains(Int(year) ?? 0) && (1...12).contains(Int(month) ?? 0)
    }

    /// Hours, with minutes or without, with seconds or without.
    private func isTime(_ digits: String) -> Bool {
        var rest = digits[...]
        var limits = [24, 60, 60][...]
        while let limit = limits.popFirst(), !rest.isEmpty {
            guard rest.count >= 2, let value = Int(rest.prefix(2)), value < limit else { return false }
            rest = rest.dropFirst(2)
        }
        return rest.isEmpty
    }
}
