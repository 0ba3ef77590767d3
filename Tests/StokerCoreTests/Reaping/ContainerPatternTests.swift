import Testing

@testable import StokerCore

@Suite struct ContainerPatternTests {
    @Test(arguments: [
        "clud-a-deadbeef", "clud-test-sync-3f9a01bc", "clud-x.y_z-00000000", "clud---deadbeef",
        "clud-x-20261331", "clud-x-20263230", "clud-x-99991231", "clud-x-18993231", "clud-x-2026082a",
        "clud-deadbeef-deadbeef", "clud-20261231-deadbeef", "clud-A-deadbeef",
    ])
    func `the standard pattern takes what it made`(name: String) {
        #expect(ContainerPattern.standard.matches(name))
        #expect(ContainerPattern.standard.matches(Array(name.utf8)))
    }

    @Test(arguments: [
        "clud-docker-build-soldr-0123456789ab", "clud-build-0123456789ab", "clud-x-2026082",
        "my-clud-a-deadbeef", "clud-deadbeef", "clud--deadbeef", "clud-x-DEADBEEF", "clud-x-deadbeef2",
        "clud-x-deadbee", "clud-x-deadbeef\n", "\nclud-x-deadbeef", "", "-", "deadbeef", "clud-",
        "/clud-a-deadbeef/x", "/clud-a-deadbeef", "clud-a/b-deadbeef", "clud-a b-deadbeef",
        "clud-a-deadbeeg", "clud-a_deadbeef", "clud-adeadbeef", "Clud-a-deadbeef", "clud-ä-deadbeef",
        "clud-a-deadbee\u{301}f", "clud-a-deadbeef-", "clud-*-{hex:8}", "clud-a\0-deadbeef",
        "clud-a-ｄeadbeef", "clud-a-dead-beef", "clud-a.deadbeef", "xclud-a-deadbeef", "cludxa-deadbeef",
    ])
    func `the standard pattern leaves everything else`(name: String) {
        #expect(ContainerPattern.standard.outcome(for: name) == .noMatch)
        #expect(!ContainerPattern.standard.matches(name))
    }

    @Test(arguments: [
        "clud-db-20261231", "clud-x-20260822", "clud-x-19000101", "clud-x-20240229", "clud-x-31122026",
        "clud-x-12312026",
    ])
    func `the standard pattern leaves a date`(name: String) {
        #expect(ContainerPattern.standard.outcome(for: name) == .dateSuffix)
        #expect(!ContainerPattern.standard.matches(name))
    }

    @Test func `bytes that are no text do not match`() {
        let name = Array("clud-".utf8) + [0xFF, 0xFE] + Array("-deadbeef".utf8)
        #expect(!ContainerPattern.standard.matches(name))
    }

    @Test(arguments: [
        ("abc_{hex:6}", "abc_00beef", true), ("abc_{hex:6}", "abc_x_00beef", false),
        ("abc_{hex:6}", "abc_", false), ("abc_{hex:6}", "abc_000beef", false),
        ("web-*-db-*-{hex:8}", "web-1-db-2-deadbeef", true),
        ("web-*-db-*-{hex:8}", "web-1-db-db-2-deadbeef", true),
        ("web-*-db-*-{hex:8}", "web--db-x-db-2-deadbeef", true),
        ("web-*-db-*-{hex:8}", "web--db-2-deadbeef", false),
        ("web-*-db-*-{hex:8}", "web-1-db--deadbeef", false),
        ("web-*-db-*-{hex:8}", "web-1-db-deadbeef", false),
        ("web*aa*.{hex:8}", "webxaaa.deadbeef", true), ("web*aa*.{hex:8}", "webaaa.deadbeef", false),
        ("web*aa*.{hex:8}", "webaaaa.deadbeef", true), ("web*aa*.{hex:8}", "webxaa.deadbeef", false),
        ("clud-*-{hex:12}", "clud-build-0123456789ab", true),
        ("clud-*-{hex:12}", "clud-build-deadbeef", false),
        (
            "abc.*.{hex:64}", "abc.x." + String(repeating: "f", count: 64), true
        ),
    ])
    func `other patterns match whole names too`(pattern: String, name: String, matches: Bool) throws {
        #expect(try ContainerPattern(parsing: pattern).matches(name) == matches)
    }

    @Test func `the standard pattern is what its text says`() throws {
        #expect(try ContainerPattern(parsing: ContainerPattern.standard.text) == .standard)
        #expect(ReapSettings().patterns == [.standard])
    }

    @Test(.timeLimit(.minutes(10)))
    func `a hostile name takes no longer than its length`() throws {
        let stars = String(repeating: "*aaaa", count: 40)
        let pattern = try ContainerPattern(parsing: "aaa" + stars + "b-{hex:8}")
        let name = String(repeating: "a", count: 20_000) + "-deadbeef"
        #expect(!pattern.matches(name))
    }
}
