import Foundation
import Testing

@testable import StokerCore

@Suite struct ReapPlanTests {
    private typealias Fixture = ReapFixture
    private let policy = ReapPolicy()

    private func containers(leaked: Int, others: Int) -> [ContainerFacts] {
        let leaks = (0..<leaked).map { number in
            Fixture.exited("clud-\(number)-deadbeef").with { $0.id = Fixture.id(number) }
        }
        let rest = (0..<others).map { number in
            Fixture.exited("postgres-\(number)").with { $0.id = Fixture.id(leaked + number) }
        }
        return leaks + rest
    }

    @Test(arguments: [
        (0, 0, false, false), (50, 0, false, false), (51, 0, false, true), (51, 51, false, false),
        (51, 50, false, true), (60, 40, false, true), (1, 1000, false, false), (1, 1000, true, true),
        (0, 10, true, false), (60, 40, true, true),
    ])
    func `a large or blind plan needs confirmation`(
        leaked: Int, others: Int, isIncomplete: Bool, needsConfirmation: Bool
    ) {
        let plan = policy.plan(
            containers: containers(leaked: leaked, others: others), now: Fixture.now,
            isIncomplete: isIncomplete)
        #expect(plan.removals.count == leaked)
        #expect(plan.needsConfirmation == needsConfirmation)
        #expect((plan.confirmation?.contains("--yes") == true) == needsConfirmation)
    }

    @Test func `the confirmation says how many of how many`() {
        let plan = policy.plan(containers: containers(leaked: 60, others: 40), now: Fixture.now)
        #expect(
            plan.confirmation
                == "60 of 100 containers would be removed, and that is more than 50 and more than half; "
                + "look at the plan and run the command again with --yes to carry it out")
    }

    @Test func `a plan is by name`() {
        let names = ["postgres", "clud-b-deadbeef", "clud-a-deadbeef"]
        let plan = policy.plan(containers: names.map { Fixture.exited($0) }, now: Fixture.now)
        #expect(plan.entries.map(\.name) == ["clud-a-deadbeef", "clud-b-deadbeef", "postgres"])
        #expect(plan.removals.map(\.name) == ["clud-a-deadbeef", "clud-b-deadbeef"])
    }

    @Test func `only what may go is inspected`() {
        let listed = [
            Fixture.exited(), Fixture.exited("postgres"), Fixture.exited("clud-db-20261231"),
            Fixture.neverStarted(60), Fixture.running(), Fixture.running(.running, 3 * Fixture.hour),
            Fixture.exited("clud-k-deadbeef").with { $0.labels["dev.stoker.keep"] = "true" },
        ].map(\.listed)
        let candidates = policy.candidates(in: listed, now: Fixture.now)
        #expect(candidates.map(\.name) == ["clud-a-deadbeef", "clud-run-deadbeef"])
    }

    @Test(arguments: ReapPolicyTests.mustGo)
    func `everything that goes is a candidate when listed`(row: ReapRow) {
        // The list rounds the creation down to whole seconds.
        let listed = row.facts.listed.with { $0.created = EngineTime(unixSeconds: $0.created?.seconds ?? 0) }
        #expect(policy.candidates(in: [listed], now: Fixture.now) == [listed])
    }

    @Test func `a report of a plan says what and why`() throws {
        let unnamed = Fixture.running().with {
            $0.names = []
            $0.created = nil
        }
        let plan = policy.plan(containers: [Fixture.exited(), unnamed], now: Fixture.now)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let report = ReapReport(plan)
        let data = try encoder.encode(report)
        let expected =
            #"{"containers":[{"code":"unclear-name","decision":"keep","id":"\#(Fixture.id(2))","#
            + #""reason":"it has no name of its own, or several"},"#
            + #"{"ageSeconds":10800,"code":"exited-past-age","decision":"remove","id":"\#(Fixture.id(1))","#
            + #""name":"clud-a-deadbeef","reason":"exited 3 h ago, limit 2 h"}],"images":[],"leftovers":[]}"#
        #expect(String(decoding: data, as: UTF8.self) == expected)
        var read = try JSONDecoder().decode(ReapReport.self, from: data)
        read.nextDue = report.nextDue
        #expect(read == report)
    }

    @Test func `the next of those that only their age keeps is told`() {
        func due(_ containers: [ContainerFacts]) -> Duration? {
            policy.plan(containers: containers, now: Fixture.now).nextDue
        }
        #expect(due([]) == nil)
        #expect(due([Fixture.exited(), Fixture.exited("postgres", 60)]) == nil)
        let young = [60, 3600].map { Fixture.exited("clud-a-deadbeef", $0) }
        #expect(due(young + [Fixture.running(.running, 3600)]) == .seconds(3600))
    }

    @Test func `a kept container's age is since its creation`() {
        let plan = policy.plan(containers: [Fixture.running().with { $0.names = ["/x"] }], now: Fixture.now)
        #expect(plan.entries.map(\.age) == [.seconds(25 * Fixture.hour)])
    }

    @Test func `a container from the future is not of negative age`() {
        let plan = policy.plan(containers: [Fixture.running(.running, -60)], now: Fixture.now)
        #expect(plan.entries.map(\.age) == [.zero])
    }
}
