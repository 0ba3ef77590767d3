import Testing

@testable import StokerCore

@Suite struct SecondLookTests {
    private typealias Fixture = ReapFixture
    private let policy = ReapPolicy()

    private func look(planned: ContainerFacts, now facts: ContainerFacts) throws -> ReapDecision {
        let plan = policy.plan(containers: [planned], now: Fixture.now)
        let entry = try #require(plan.entries.first)
        return policy.secondLook(planned: entry, now: facts, at: Fixture.ago(-5))
    }

    @Test(arguments: [Fixture.exited(), Fixture.running(), Fixture.running(.paused), Fixture.neverStarted()])
    func `what is as it was goes`(facts: ContainerFacts) throws {
        #expect(try look(planned: facts, now: facts).isRemoval)
    }

    static let changes: [ReapRow] = [
        ReapRow("renamed", Fixture.exited("clud-b-deadbeef"), "its name is another"),
        ReapRow("renamed away", Fixture.exited("postgres"), "its name is another"),
        ReapRow("another ID", Fixture.exited().with { $0.id = Fixture.id(99) }, "it is another container"),
        ReapRow(
            "started", Fixture.exited().with { $0.state = .running }, #"it was "exited", now it is "running""#
        ),
        ReapRow(
            "being removed", Fixture.exited().with { $0.state = .removing },
            #"it was "exited", now it is "removing""#),
        ReapRow(
            "ran once more",
            Fixture.exited().with {
                $0.details?.startedAt = Fixture.ago(2)
                $0.details?.finishedAt = Fixture.ago(1)
            }, "it has been started again"),
        ReapRow(
            "start forgotten", Fixture.exited().with { $0.details?.startedAt = nil },
            "it has been started again"),
        ReapRow(
            "given a restart policy", Fixture.exited().with { $0.details?.restartPolicy = .always },
            #"it has the restart policy "always""#),
        ReapRow(
            "looked into", Fixture.exited().with { $0.details?.hasLiveExec = true },
            "a command runs in it (docker exec)"),
        ReapRow(
            "ended later", Fixture.exited().with { $0.details?.finishedAt = Fixture.ago(1) },
            "exited 6 s ago, limit 2 h"),
    ]

    @Test(arguments: changes)
    func `what has changed stays`(row: ReapRow) throws {
        #expect(try look(planned: Fixture.exited(), now: row.facts) == .keep(.changedSincePlan(row.code)))
    }

    @Test func `what was not inspected again stays`() throws {
        #expect(try look(planned: Fixture.exited(), now: Fixture.exited().listed) == .keep(.notInspected))
    }

    @Test func `what was to stay stays, whatever it is now`() throws {
        let young = Fixture.exited("clud-a-deadbeef", 60)
        #expect(try look(planned: young, now: Fixture.exited()).code == "too-young")
        #expect(try look(planned: Fixture.exited().listed, now: Fixture.exited()) == .keep(.notInspected))
    }
}
