import Testing

@testable import StokerCore

@Suite struct LeaseLabelsTests {
    private static let whole = LeaseLabels(
        id: LeaseFixture.id(7), host: "build-3", project: "/srv/app", user: 1000,
        owner: LeaseFixture.process(4711), command: LeaseFixture.process(4712, started: 101),
        created: LeaseFixture.awake(hours: 1))

    @Test func `what is written is read again`() {
        #expect(LeaseLabels(labels: Self.whole.labels) == Self.whole)
        var bare = Self.whole
        (bare.owner, bare.command, bare.created, bare.user) = (nil, nil, nil, nil)
        #expect(LeaseLabels(labels: bare.labels) == bare)
        var young = Self.whole
        young.command = nil
        #expect(LeaseLabels(labels: young.labels) == young)
    }

    @Test func `all labels are in Stoker's own name space`() {
        #expect(Self.whole.labels.keys.allSatisfy { $0.hasPrefix("dev.stoker.") })
        #expect(Self.whole.labels["dev.stoker.keep"] == nil)
    }

    @Test(arguments: [
        "", "x", "0123456789abcdef", "../../../../../../etc/passwd-0123", "ABCDEF0123456789ABCDEF0123456789",
    ])
    func `what is no ID is no lease`(text: String) {
        var labels = Self.whole.labels
        labels[LeaseLabels.leaseLabel] = text
        #expect(LeaseLabels(labels: labels) == nil)
        labels[LeaseLabels.leaseLabel] = nil
        #expect(LeaseLabels(labels: labels) == nil)
    }

    @Test(arguments: ["machine", "boot", "pid", "started", "pid-namespace", "time-namespace"])
    func `an owner of whom anything is missing or no number is none`(name: String) throws {
        for value in [nil, "", "-", "4711x"] as [String?]
        where name != "machine" && name != "boot" || value == nil {
            var labels = Self.whole.labels
            labels["dev.stoker.\(name)"] = value
            let read = try #require(LeaseLabels(labels: labels))
            #expect(read.owner == nil)
            #expect(read.command == nil)
        }
    }

    @Test func `IDs are random and files can have their names`() {
        let ids = Set((0..<1_000).map { _ in LeaseID.random() })
        #expect(ids.count == 1_000)
        #expect(ids.allSatisfy { LeaseID(text: $0.text) == $0 })
    }
}
