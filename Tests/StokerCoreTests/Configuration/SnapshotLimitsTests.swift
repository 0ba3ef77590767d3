import Testing

@testable import StokerCore

@Suite struct SnapshotLimitsTests {
    @Test(arguments: [
        ("snapshots:", SnapshotLimits()), ("snapshots: {}", SnapshotLimits()),
        ("snapshots: {max-size: 5GB}", SnapshotLimits(maxSize: 5_000_000_000)),
        (
            "snapshots: {max-size: 500MiB, max-age: 36h}",
            SnapshotLimits(maxSize: 500 << 20, maxAge: .seconds(36 * 3600))
        ),
        ("snapshots: {max-age: 1d}", SnapshotLimits(maxAge: .seconds(86_400))),
    ])
    func limitsAreRead(yaml: String, limits: SnapshotLimits) throws {
        #expect(try ConfigurationFixture().loadUser(yaml).snapshots == limits)
    }

    @Test func theDefaultsAreTwentyGigabytesAndFourteenDays() {
        #expect(SnapshotLimits.standard.maxSize == 20_000_000_000)
        #expect(SnapshotLimits.standard.maxAge == .seconds(14 * 24 * 3600))
    }

    @Test(arguments: [
        ("snapshots: {max-size: 20}", "1:23", "the unit is missing"),
        ("snapshots: {max-size: 20gb}", "1:23", "\"gb\" is no unit"),
        ("snapshots: {max-size: 1.5GB}", "1:23", "\".5GB\" is no unit"),
        ("snapshots: {max-size: GB}", "1:23", "it does not begin with a whole number"),
        ("snapshots: {max-size: 99999999999TB}", "1:23", "it is too large"),
        ("snapshots:\n  max-age: 14\n", "2:12", "the unit is missing"),
        ("snapshots: {max-ages: 1d}", "1:13", "did you mean \"max-age\"?"),
        ("snapshots: 20GB", "1:12", "expected a map"),
    ])
    func whatIsWrongIsNamedWithItsPlace(yaml: String, place: String, words: String) throws {
        let fixture = try ConfigurationFixture()
        let error = #expect(throws: StokerError.self) { try fixture.loadUser(yaml) }
        let text = error?.description ?? ""
        #expect(error?.code == .badInput)
        #expect(text.contains("\(fixture.userFile):\(place): "), "\(text)")
        #expect(text.contains(words), "\(text)")
    }
}
