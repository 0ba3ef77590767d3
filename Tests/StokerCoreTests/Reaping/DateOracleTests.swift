import TestSupport
import Testing

@testable import StokerCore

/// The names of containers against a list of all days.
@Suite struct DateOracleTests {
    @Test func `six digits are a date exactly if a calendar has it`() {
        var dates = 0
        // Every seventh: all of them take minutes, and each year, month and day is among these.
        for number in stride(from: 0, to: 1_000_000, by: 7) {
            let digits = String("\(1_000_000 + number)".dropFirst())
            let expected = DateOracle.shared.isDate(digits)
            if DateSuffix.isDate(Array(digits.utf8)[...]) != expected {
                Issue.record("\(digits): \(expected)")
            }
            if expected { dates += 1 }
        }
        #expect((14_000..<43_000).contains(dates))
    }

    @Test(arguments: [6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 19, 32])
    func `random digits are a date exactly if a calendar has it`(length: Int) {
        var generator = SeededGenerator(seed: UInt64(length))
        var dates = 0
        for round in 0..<3_000 {
            // Mostly decimal ones, and such as begin or end like a year: few others are dates.
            let alphabet = round % 4 == 0 ? "0123456789abcdef" : "0123456789"
            var digits = String((0..<length).map { _ in alphabet.randomElement(using: &generator) ?? "0" })
            if round % 3 == 1 { digits = String(("20" + digits).prefix(length)) }
            if round % 3 == 2 { digits = String((digits + "2026").suffix(length)) }
            let expected = DateOracle.shared.isDate(digits)
            if DateSuffix.isDate(Array(digits.utf8)[...]) != expected {
                Issue.record("\(digits): \(expected)")
            }
            if expected { dates += 1 }
        }
        #expect(dates > 5)
    }

    @Test(arguments: [6, 8, 10, 12])
    func `a name with a date in any order is no match, and none is made`(length: Int) throws {
        let pattern = try ContainerPattern(parsing: "clud-*-{hex:\(length)}")
        var generator = SeededGenerator(seed: UInt64(length))
        for _ in 0..<2_000 {
            let name = try ContainerNamer.name(stem: "x", patterns: [pattern], using: &generator)
            let digits = String(name.suffix(length))
            if DateOracle.shared.isDate(digits) { Issue.record("made \(name)") }
            let random = String(
                (0..<length).map { _ in "0123456789".randomElement(using: &generator) ?? "0" })
            let outcome = pattern.outcome(for: "clud-x-\(random)")
            if (outcome == .dateSuffix) != DateOracle.shared.isDate(random) { Issue.record("\(random)") }
        }
    }

    @Test(arguments: ["20261301", "20263112", "31122026", "12312026", "20260113"])
    func `day and month exchanged keep a container`(digits: String) {
        #expect(ContainerPattern.standard.outcome(for: "clud-x-\(digits)") == .dateSuffix)
    }
}
