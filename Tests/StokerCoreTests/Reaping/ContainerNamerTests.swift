import Testing

@testable import StokerCore
import TestSupport

@Suite struct ContainerNamerTests {
    /// Dates as a person would look for them, independent of `DateSuffix`.
    private static let looksLikeDate = Set(
        (1900...2199).flatMap { year in
            (1...12).flatMap { month in
                (1...31).map { day in year * 10_000 + month * 100 + day }
            }
        })

    @Test(arguments: [
        "clud-*-{hex:8}", "abc*_{hex:6}", "a.b.*.c-{hex:12}", "clud-*-{hex:10}", "cl-*-{hex:33}",
    ])
    func `a name always matches and never reads as a date`(text: String) throws {
        let pattern = try ContainerPattern(parsing: text)
        var generator = SeededGenerator(seed: 3)
        let characters = Array("abcXYZ019_.-")
        for _ in 0..<5_000 {
            let stem = String(
                (0..<Int.random(in: 1...20, using: &generator)).map { _ in
                    characters.randomElement(using: &generator) ?? "a"
                })
            let name = try ContainerNamer.name(stem: stem, patterns: [pattern], using: &generator)
            #expect(pattern.matches(name), "\(name)")
            #expect(name.contains(stem))
            #expect(name.utf8.count <= ContainerNamer.longestName)
            if let number = Int(name.suffix(pattern.digitCount).prefix(8)), pattern.digitCount >= 8 {
                #expect(!Self.looksLikeDate.contains(number), "\(name)")
            }
        }
    }

    /// Gives each number in turn, and zeros afterwards.
    private struct Script: RandomNumberGenerator {
        var numbers: [UInt64]
        mutating func next() -> UInt64 { numbers.isEmpty ? 0 : numbers.removeFirst() }
    }

    @Test func `a date is drawn again`() throws {
        // The digits come from the lowest four bits upwards: 20261231, then deadbeef.
        var script = Script(numbers: [0x1321_6202, 0xFEEB_DAED])
        let name = try ContainerNamer.name(stem: "x", patterns: [.standard], using: &script)
        #expect(name == "clud-x-deadbeef")
    }

    @Test func `a generator that only gives dates is given up`() throws {
        var script = Script(numbers: [])
        let pattern = try ContainerPattern(parsing: "abc-*-{hex:6}")
        #expect(
            code { try ContainerNamer.name(stem: "x", patterns: [pattern], using: &script) } == .internalFault
        )
    }

    @Test func `only the first pattern is used`() throws {
        let second = try ContainerPattern(parsing: "other-*-{hex:8}")
        #expect(try ContainerNamer.name(stem: "a", patterns: [.standard, second]).hasPrefix("clud-a-"))
        #expect(try ContainerNamer.name(stem: "a", patterns: [second, .standard]).hasPrefix("other-a-"))
    }

    @Test func `two names differ`() throws {
        let names = try (0..<100).map { _ in try ContainerNamer.name(stem: "a", patterns: [.standard]) }
        #expect(Set(names).count == 100)
    }

    @Test(arguments: [
        "", " ", "a b", "a/b", "ä", "a\n", "a\0", "*", "{hex:8}", "a:b", "\u{1B}[2J",
        String(repeating: "a", count: 50),
    ])
    func `a stem that cannot be in a name is a wrong use`(stem: String) {
        #expect(code { try ContainerNamer.name(stem: stem, patterns: [.standard]) } == .usage)
    }

    @Test(arguments: ["a", "-", ".", "..", "a.b_c-d", "A", String(repeating: "a", count: 49)])
    func `a stem that can be in a name is taken`(stem: String) throws {
        let name = try ContainerNamer.name(stem: stem, patterns: [.standard])
        #expect(ContainerPattern.standard.matches(name))
        #expect(name.hasPrefix("clud-" + stem + "-"))
    }

    @Test(arguments: ["clud-{hex:8}", "clud-*-x-*-{hex:8}", "clud-*-{hex:64}"])
    func `a pattern that no name can be made from is refused`(text: String) throws {
        let pattern = try ContainerPattern(parsing: text)
        #expect(code { try ContainerNamer.name(stem: "a", patterns: [pattern]) } == .badInput)
    }

    @Test func `no pattern is refused`() {
        #expect(code { try ContainerNamer.name(stem: "a", patterns: []) } == .badInput)
    }

    private func code(_ make: () throws -> String) -> StokerError.Code? {
        do {
            _ = try make()
            return nil
        } catch {
            return (error as? StokerError)?.code
        }
    }
}
