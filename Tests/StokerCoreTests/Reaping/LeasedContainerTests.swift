import Testing

@testable import StokerCore

/// One row of the table of leased containers.
struct LeaseRow: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let fate: LeaseFate
    let facts: ContainerFacts
    let code: String

    init(_ what: String, _ fate: LeaseFate, _ facts: ContainerFacts, _ code: String) {
        testDescription = what
        self.fate = fate
        self.facts = facts
        self.code = code
    }
}

@Suite struct LeasedContainerTests {
    private typealias Fixture = ReapFixture
    private static let dead = LeaseFate.dead("its process has ended")
    private static let unknown = LeaseFate.unknown("its process was on another machine")
    private static let copied = LeaseFate.notOwned("its labels were copied")
    private static let old: Int64 = 400 * 24 * Fixture.hour

    /// A lease's labels on what a fixture has, started a moment ago unless told otherwise.
    private static func leased(
        _ facts: ContainerFacts, awake: LeaseLabels.Awake? = nil
    ) -> ContainerFacts {
        facts.with {
            let labels = LeaseLabels(
                id: LeaseFixture.id(1), host: "build-3", project: "/srv/app", user: 1000,
                owner: LeaseFixture.process(4711), command: LeaseFixture.process(4712), created: awake)
            $0.labels.merge(labels.labels) { _, new in new }
        }
    }

    private static let young = Fixture.running(.running, 1)
    /// A name that no pattern takes.
    private static let named = young.with { $0.names = ["/postgres"] }
    private static func lookedInto(terminal: Bool?) -> ContainerFacts {
        leased(young).with {
            $0.details?.hasLiveExec = true
            $0.details?.hasLiveTerminal = terminal
        }
    }

    static let mustGo: [LeaseRow] = [
        LeaseRow("running since a second", dead, leased(young), "dead-lease"),
        LeaseRow("of any name", dead, leased(named), "dead-lease"),
        LeaseRow("created", dead, leased(Fixture.neverStarted(1)), "dead-lease"),
        LeaseRow("exited", dead, leased(Fixture.exited("db", 1)), "dead-lease"),
        LeaseRow("paused", dead, leased(Fixture.running(.paused, 1)), "dead-lease"),
        LeaseRow("restarting", dead, leased(Fixture.running(.restarting, 1)), "dead-lease"),
        LeaseRow("dead", dead, leased(Fixture.exited("db", 1).with { $0.state = .dead }), "dead-lease"),
        LeaseRow(
            "a name that reads as a date", dead, leased(Fixture.exited("clud-db-20261231", 1)), "dead-lease"),
        LeaseRow(
            "with a command of its owner's in it", dead, lookedInto(terminal: false), "dead-lease"),
        LeaseRow(
            "created in the future", dead, leased(Fixture.running(.running, -3600)), "dead-lease"),
        LeaseRow("of an unknown owner, too old", unknown, leased(Fixture.running()), "running-past-age"),
        LeaseRow("with copied labels, too old", copied, leased(Fixture.exited()), "exited-past-age"),
        LeaseRow(
            "awake for long enough", unknown,
            leased(Fixture.exited(), awake: LeaseFixture.awake(hours: 7)), "exited-past-age"),
        LeaseRow(
            "of another boot's clock", unknown,
            leased(Fixture.exited(), awake: .init(boot: "another", nanoseconds: 1)), "exited-past-age"),
    ]

    static let mustSurvive: [LeaseRow] = [
        LeaseRow("of a living owner", .alive, leased(young), "living-lease"),
        LeaseRow(
            "of a living owner, at any age", .alive, leased(Fixture.running(.running, old)), "living-lease"),
        LeaseRow(
            "of a living owner, exited at any age", .alive, leased(Fixture.exited("clud-a-deadbeef", old)),
            "living-lease"),
        LeaseRow(
            "of a living owner, only listed", .alive, leased(Fixture.exited("clud-a-deadbeef", old)).listed,
            "living-lease"),
        LeaseRow("of another user", .foreign(1001), leased(Fixture.running(.running, old)), "foreign-lease"),
        LeaseRow("of a dead owner, only listed", dead, leased(young).listed, "not-inspected"),
        LeaseRow("of an unknown owner, young", unknown, leased(young), "too-young"),
        LeaseRow(
            "of an unknown owner, other name", unknown, leased(Fixture.exited("postgres", old)), "no-match"),
        LeaseRow("with copied labels", copied, leased(young), "too-young"),
        LeaseRow("with copied labels, only listed", copied, leased(young).listed, "too-young"),
        LeaseRow("with copied labels, other name", copied, leased(named), "not-owned"),
        LeaseRow(
            "with copied labels, other name, at any age", copied, leased(Fixture.exited("postgres", old)),
            "not-owned"),
        LeaseRow(
            "with copied labels, a date in its name", copied,
            leased(Fixture.exited("clud-db-20261231", old)), "not-owned"),
        LeaseRow("somebody looks inside", dead, lookedInto(terminal: true), "live-terminal"),
        LeaseRow("somebody may look inside", dead, lookedInto(terminal: nil), "unknown-exec"),
        LeaseRow(
            "nobody knows whether somebody looks inside", dead,
            leased(young).with { $0.details?.hasLiveExec = nil }, "unknown-exec"),
        LeaseRow(
            "restarts always", dead, leased(young).with { $0.details?.restartPolicy = .always },
            "restart-policy"),
        LeaseRow(
            "policy not told", dead, leased(young).with { $0.details?.restartPolicy = nil },
            "unknown-restart-policy"),
        LeaseRow("being removed", dead, leased(young).with { $0.state = .removing }, "being-removed"),
        LeaseRow("unknown state", dead, leased(young).with { $0.state = .unknown("x") }, "unknown-state"),
        LeaseRow(
            "keep label", dead, leased(young).with { $0.labels["dev.stoker.keep"] = "true" }, "keep-label"),
        LeaseRow("exempt", dead, leased(Fixture.exited("clud-exempt-deadbeef")), "exempt"),
        LeaseRow("short ID", dead, leased(young).with { $0.id = "deadbeef0123" }, "partial-id"),
        LeaseRow("no name", dead, leased(young).with { $0.names = [] }, "unclear-name"),
        LeaseRow(
            "a builder", dead, leased(young).with { $0.image = "moby/buildkit:v0.12" }, "buildx-builder"),
        LeaseRow(
            "reusable", dead, leased(young).with { $0.labels["org.testcontainers.hash"] = "4f1e" },
            "testcontainers-reusable"),
        LeaseRow(
            "asleep most of the time", unknown,
            leased(Fixture.exited(), awake: LeaseFixture.awake(hours: 1)), "too-young"),
        LeaseRow(
            "asleep most of the time, only listed", unknown,
            leased(Fixture.exited(), awake: LeaseFixture.awake(hours: 1)).listed, "too-young"),
    ]

    private let policy = ReapPolicy(exempt: ["clud-exempt-deadbeef"])
    private let now = ReapPolicy.Now(engine: Fixture.now, awake: LeaseFixture.awake(hours: 0))

    @Test(arguments: mustGo)
    func `what its owner has left behind goes`(row: LeaseRow) {
        let decision = policy.decision(for: row.facts, now: now) { _ in row.fate }
        #expect(decision.isRemoval)
        #expect(decision.code == row.code)
    }

    @Test(arguments: mustSurvive)
    func `whatever may still be somebody's stays`(row: LeaseRow) {
        let decision = policy.decision(for: row.facts, now: now) { _ in row.fate }
        #expect(!decision.isRemoval)
        #expect(decision.code == row.code)
        #expect(!decision.words.isEmpty)
    }

    @Test func `a policy for dead leases alone takes nothing by age`() {
        let decision = ReapPolicy.deadLeasesOnly.decision(for: Fixture.exited(), now: Fixture.now)
        #expect(decision == .keep(.noMatch))
        let leased = Self.leased(Self.named)
        let dead = ReapPolicy.deadLeasesOnly.decision(for: leased, now: now) { _ in Self.dead }
        #expect(dead.isOfDeadLease)
        let unknown = ReapPolicy.deadLeasesOnly.decision(for: Self.leased(Fixture.exited()), now: now) { _ in
            Self.unknown
        }
        #expect(unknown == .keep(.noMatch))
    }

    @Test func `what dead owners left needs no word of a person's and does not count`() {
        let dead = (0..<60).map { number in Self.leased(Self.young).with { $0.id = Fixture.id(number) } }
        let aged = (0..<51).map { number in
            Fixture.exited("clud-\(number)-deadbeef").with { $0.id = Fixture.id(100 + number) }
        }
        func plan(_ containers: [ContainerFacts], isIncomplete: Bool = false) -> ReapPlan {
            policy.plan(
                containers: containers, now: now, fates: { _ in Self.dead }, isIncomplete: isIncomplete)
        }
        #expect(plan(dead).confirmation == nil)
        #expect(plan(dead, isIncomplete: true).removals(confirmed: false).count == 60)
        let mixed = plan(dead + aged)
        #expect(mixed.confirmation != nil)
        #expect(
            mixed.removals(confirmed: false).map(\.decision.isOfDeadLease)
                == Array(repeating: true, count: 60))
        #expect(mixed.removals(confirmed: true).count == 111)
    }
}
