import Testing

@testable import StokerCore
import TestSupport

@Suite struct DateSuffixTests {
    @Test(arguments: [
        // YYMMDD, DDMMYY, MMDDYY, YYYYMM, hhmmss
        "261231", "311226", "123126", "202612", "235959", "000000",
        // YYYYJJJ
        "2026001", "2024366",
        "20261231", "19000101", "21991231", "20230229", "31122026", "12312026",
        // a counter, a time, a fraction or a commit after the date
        "202612310", "2026123101", "202612311830", "20261231183059", "20261231183059123", "20261231deadbeef",
        "311220261830",
        // YYMMDDhhmm, YYMMDDhhmmss
        "2612311830", "261231183059",
        // Unix time in seconds, milli-, micro- and nanoseconds
        "1795371000", "1000000000", "4102444799", "1795371000123", "1795371000123456", "1795371000123456789",
    ])
    func `a date or a time is one`(digits: String) {
        #expect(DateSuffix.isDate(Array(digits.utf8)[...]))
    }

    @Test(arguments: [
        "999999", "26123a", "20261f", "261331", "246060", "2026367", "2026000", "2026abc", "20261331",
        "20260431", "20260230", "20261200", "18991231", "22000101", "2026123f", "00000000",
        "deadbeef", "3f9a01bc", "99999999", "0999999999", "4102444800", "179537100f", "17953710001",
        "0123456789ab", "999999999999", "99999999999999",
    ])
    func `other digits are no date`(digits: String) {
        #expect(!DateSuffix.isDate(Array(digits.utf8)[...]))
    }

    @Test func `every day of three centuries is a date`() {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        var days = 0
        for year in 1900...2199 {
            for month in 1...12 {
                for day in 1...31 {
                    let text = "\(year)-\(two(month))-\(two(day))T00:00:00Z"
                    guard (try? EngineTime.parse(text)) != nil else { continue }
                    days += 1
                    let digits = "\(year)\(two(month))\(two(day))"
                    if !DateSuffix.isDate(Array(digits.utf8)[...]) { Issue.record("\(digits)") }
                }
            }
        }
        // 300 years with 73 leap days: 1900, 2100 and no other year divisible by 4 has none.
        #expect(days == 300 * 365 + 73)
    }

    @Test(arguments: [(6, 0.012), (7, 0.0005), (8, 0.0001), (10, 0.003), (13, 0.001)])
    func `few random digits are lost`(length: Int, share: Double) {
        var generator = SeededGenerator(seed: 4)
        let samples = 20_000
        var dates = 0
        for _ in 0..<samples {
            let digits = (0..<length).map { _ in UInt8.random(in: 48...57, using: &generator) }
            if DateSuffix.isDate(digits[...]) { dates += 1 }
        }
        // Only decimal digits were drawn; of all 16, so many suffixes are decimal.
        let decimal = (0..<length).reduce(1.0) { product, _ in product * 10 / 16 }
        #expect(Double(dates) / Double(samples) * decimal < share)
        #expect(dates > 0)
    }
}
