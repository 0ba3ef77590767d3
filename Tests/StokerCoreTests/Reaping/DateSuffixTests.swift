import TestSupport
import Testing

@testable import StokerCore

@Suite struct DateSuffixTests {
    @Test(arguments: [
        // YYMMDD, YYDDMM, DDMMYY, MMDDYY, DDYYMM, MMYYDD, YYYYMM, MMYYYY, hhmmss
        "261231", "263112", "311226", "123126", "312612", "122631", "202612", "122026", "235959", "000000",
        // YYYYJJJ, JJJYYYY
        "2026001", "2024366", "0012026", "3662024",
        // YYYYMMDD, YYYYDDMM, DDMMYYYY, MMDDYYYY, DDYYYYMM, MMYYYYDD
        "20261231", "20263112", "20261301", "31122026", "12312026", "31202612", "12202631",
        "19000101", "21991231", "20230229", "01132026",
        // a counter, a time, a fraction or a commit after the date, or before it
        "202612310", "2026123101", "202612311830", "20261231183059", "20261231183059123", "20261231deadbeef",
        "311220261830", "20263112deadbeef", "deadbeef20261231", "183020263112", "18305931122026",
        // a date without century, with hours, minutes and seconds
        "26123118", "2612311830", "261231183059", "3112261830", "123126183059", "1830261231", "183059311226",
        "18261231", "12311830", "31121830", "18301231", "1231183059",
        "202636618", "20263661830", "2026366183059",
        // Unix time in seconds, milli-, micro- and nanoseconds
        "1795371000", "1000000000", "4102444799", "1795371000123", "1795371000123456", "1795371000123456789",
    ])
    func `a date or a time is one`(digits: String) {
        #expect(DateSuffix.isDate(Array(digits.utf8)[...]))
    }

    @Test(arguments: [
        "999999", "26123a", "20261f", "261331", "246060", "2026367", "2026000", "2026abc", "20261331",
        "20263431", "20263230", "18993231", "22003201", "2026123f", "00000000",
        "deadbeef", "3f9a01bc", "99999999", "0999999999", "4102444800", "179537100f", "17953710001",
        "0123456789ab", "999999999999", "99999999999999", "20263213", "32132026", "13322026",
    ])
    func `other digits are no date`(digits: String) {
        #expect(!DateSuffix.isDate(Array(digits.utf8)[...]))
    }

    @Test func `every day of three centuries is a date in every order`() {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        var days = 0
        for year in 1900...2199 {
            for month in 1...12 {
                for day in 1...31 {
                    let text = "\(year)-\(two(month))-\(two(day))T00:00:00Z"
                    guard (try? EngineTime.parse(text)) != nil else { continue }
                    days += 1
                    let (y, m, d) = ("\(year)", two(month), two(day))
                    var orders = [y + m + d]
                    // One year of each decade: all of them take a minute.
                    if year % 10 == 6 { orders += [y + d + m, d + m + y, m + d + y, d + y + m, m + y + d] }
                    for digits in orders
                    where !DateSuffix.isDate(Array(digits.utf8)[...]) {
                        Issue.record("\(digits)")
                    }
                }
            }
        }
        // 300 years with 73 leap days: 1900, 2100 and no other year divisible by 4 has none.
        #expect(days == 300 * 365 + 73)
    }

    @Test(arguments: [(6, 0.012), (7, 0.001), (8, 0.0015), (10, 0.0035), (13, 0.001)])
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
