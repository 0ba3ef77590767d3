import Logging
import StokerCore
@testable import StokerKit
import Synchronization
import Testing

@Suite struct ReaperTests {
    typealias Container = FakeContainers.Container
    static let id = FakeContainers.id(1)
    static let one = Container(id: id, name: "clud-a-deadbeef")

    /// Plans, lets `between` happen, and carries the plan out.
    func reap(
        _ containers: [Container], confirmed: Bool = false, gathering: Int = 1,
        clock: BootClock = .system,
        trouble: @escaping FakeContainers.Trouble = { _, _ in nil },
        between: (FakeContainers) -> Void = { _ in }
    ) async throws -> (
        plan: ReapPlan, report: ReapReport, left: [String], fake: FakeContainers, lines: [String]
    ) {
        let fake = FakeContainers(containers, gathering: gathering, trouble: trouble)
        return try await FakeEngine.with {
            fake.answer($0)
        } _: { engine, client in
            let reaper = Reaper(
                requests: client, policy: ReapPolicy(), logger: Logger(label: "test"), clock: clock)
            let plan = try await reaper.plan()
            between(fake)
            let report = try await reaper.carryOut(plan, confirmed: confirmed)
            return (plan, report, fake.names, fake, engine.lines)
        }
    }

    @Test func leakedContainersGoAndOthersStay() async throws {
        let others = [
            Container(id: FakeContainers.id(2), name: "someone-elses"),
            Container(id: FakeContainers.id(3), name: "clud-db-20261231"),
            Container(id: FakeContainers.id(4), name: "clud-a-00000004", finished: "2026-11-22T11:00:00Z"),
            Container(id: FakeContainers.id(5), name: "clud-a-00000005", restart: "always"),
            Container(id: FakeContainers.id(6), name: "clud-a-00000006", status: "running", execs: ["live"]),
        ]
        let (_, report, left, _, lines) = try await reap([ReaperTests.one] + others)
        #expect(left == others.map(\.name))
        #expect(report.containers.filter { $0.decision == .removed }.map(\.id) == [ReaperTests.id])
        #expect(report.containers.filter { $0.decision == .keep }.count == others.count)
        #expect(report.confirmation == nil)
        // What the list alone decides is asked once, since it may use what goes.
        #expect(lines.count { $0 == "GET /containers/\(FakeContainers.id(2))/json" } == 1)
    }

    @Test func aPlanRemovesNothing() async throws {
        let fake = FakeContainers([ReaperTests.one])
        try await FakeEngine.with {
            $0.method == "GET" ? fake.answer($0) : nil
        } _: { _, client in
            let reaper = Reaper(
                requests: client, policy: ReapPolicy(), logger: Logger(label: "test"))
            let plan = try await reaper.plan()
            #expect(plan.removals.count == 1)
        }
    }

    struct Change: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var change: @Sendable (inout Container) -> Void
    }

    static let changes = [
        Change(testDescription: "renamed") { $0.name = "mine" },
        Change(testDescription: "renamed to another match") { $0.name = "clud-b-deadbeef" },
        Change(testDescription: "started") { $0.status = "running" },
        Change(testDescription: "started and ended again") { $0.started = "2026-11-22T11:59:59Z" },
        Change(testDescription: "given a restart policy") { $0.restart = "unless-stopped" },
        Change(testDescription: "looked into") { $0.execs = ["live"] },
    ]

    @Test func whatChangedSinceThePlanStays() async throws {
        for change in ReaperTests.changes {
            let (plan, report, left, _, lines) = try await reap(
                [ReaperTests.one], between: { $0.change(ReaperTests.id, change.change) })
            #expect(plan.removals.count == 1, "\(change)")
            #expect(left.count == 1, "\(change)")
            #expect(report.containers.map(\.decision) == [.keep], "\(change)")
            #expect(report.containers.map(\.code) == ["changed-since-plan"], "\(change)")
            #expect(!lines.contains { $0.hasPrefix("DELETE") }, "\(change)")
        }
    }

    @Test func whatIsGoneBeforeItsTurnIsNoFailure() async throws {
        let (_, report, _, _, _) = try await reap(
            [ReaperTests.one], between: { $0.remove(ReaperTests.id) })
        #expect(report.containers.map(\.decision) == [.gone])
    }

    @Test func whatGoesBetweenLookAndRemovalIsNoFailure() async throws {
        let (_, report, _, _, _) = try await reap(
            [ReaperTests.one],
            trouble: { fake, request in
                if request.method == "DELETE" { fake.remove(ReaperTests.id) }
                return nil
            })
        #expect(report.containers.map(\.decision) == [.gone])
    }

    @Test func whatIsListedAndThenGoneIsLeftOut() async throws {
        let (plan, report, _, _, _) = try await reap(
            [ReaperTests.one],
            trouble: { _, request in
                request.line == "GET /containers/\(ReaperTests.id)/json" ? .failure(404, "gone") : nil
            })
        #expect(plan.entries.isEmpty)
        #expect(!plan.isIncomplete)
        #expect(report.containers.isEmpty)
    }

    @Test(arguments: [
        // Waited for, and it does not come to an end.
        (409, "removal of container x is already in progress", ReapReport.Decision.failed),
        (409, "cannot kill", .failed), (500, "driver failed", .failed),
    ])
    func aRemovalThatDoesNotWorkIsReported(status: Int, message: String, decision: ReapReport.Decision)
        async throws
    {
        let (_, report, left, _, _) = try await reap(
            FakeContainers.leaked(3), clock: SleeplessClock().clock,
            trouble: { _, request in
                guard request.method == "DELETE", request.target.contains(ReaperTests.id) else { return nil }
                return .failure(status, message)
            })
        // The others go all the same.
        #expect(left.count == 1)
        let entry = try #require(report.containers.first { $0.id == ReaperTests.id })
        #expect(entry.decision == decision)
        #expect(entry.reason.contains(message) || entry.reason.contains("somebody else is removing it"))
        #expect(report.containers.filter { $0.decision == .removed }.count == 2)
    }

    @Test func incompleteKnowledgeNeedsAPersonsWord() async throws {
        let containers = FakeContainers.leaked(2)
        let trouble: FakeContainers.Trouble = { _, request in
            request.line == "GET /containers/\(FakeContainers.id(2))/json" ? .failure(500, "broken") : nil
        }
        let (plan, report, left, _, _) = try await reap(containers, trouble: trouble)
        #expect(plan.isIncomplete)
        #expect(report.confirmation?.contains("--yes") == true)
        #expect(left.count == 2)
        let (_, confirmed, rest, _, _) = try await reap(containers, confirmed: true, trouble: trouble)
        #expect(confirmed.confirmation == nil)
        // What could not be read stays even so.
        #expect(rest == [containers[1].name])
    }

    @Test(arguments: [500, 404])
    func anExecThatCannotBeAskedKeepsItsContainer(status: Int) async throws {
        let container = Container(id: ReaperTests.id, name: "clud-a-deadbeef", execs: ["any"])
        let (_, report, left, _, _) = try await reap(
            [container],
            trouble: { _, request in
                request.resource.hasPrefix("/exec") ? .failure(status, "broken") : nil
            })
        #expect(left.count == 1)
        #expect(report.containers.map(\.code) == ["unknown-exec"])
    }

    @Test func anExecThatIsForgottenBetweenTwoQuestionsKeepsNothing() async throws {
        let container = Container(id: ReaperTests.id, name: "clud-a-deadbeef", execs: ["ended"])
        let (_, report, left, _, _) = try await reap(
            [container],
            trouble: { fake, request in
                guard request.resource.hasPrefix("/exec") else { return nil }
                fake.change(ReaperTests.id) { $0.execs = [] }
                return .failure(404, "no such exec")
            })
        #expect(report.containers.map(\.decision) == [.removed])
        #expect(left == [])
    }

    @Test func aPlanThatTakesMostOfManyNeedsAPersonsWord() async throws {
        let (_, within, rest, _, _) = try await reap(FakeContainers.leaked(50))
        #expect(within.confirmation == nil)
        #expect(rest == [])
        let (_, beyond, left, _, lines) = try await reap(FakeContainers.leaked(51))
        #expect(beyond.confirmation != nil)
        #expect(left.count == 51)
        #expect(!lines.contains { $0.hasPrefix("DELETE") })
        let (_, _, none, _, _) = try await reap(FakeContainers.leaked(51), confirmed: true)
        #expect(none == [])
    }

    @Test func severalGoAtOnceButNotAll() async throws {
        let (_, report, _, fake, _) = try await reap(
            FakeContainers.leaked(100), confirmed: true, gathering: 2)
        #expect(report.containers.allSatisfy { $0.decision == .removed })
        #expect((2...Reaper.width).contains(fake.mostRemovalsAtOnce))
    }

    /// As when it is updated between plan and removal.
    @Test func anEngineThatComesBackWithAnotherVersionIsReapedOn() async throws {
        let isNew = Atomic(false)
        let (_, report, left, _, lines) = try await reap(
            FakeContainers.leaked(40),
            trouble: { _, request in
                guard isNew.load(ordering: .relaxed) else { return nil }
                if request.line == "GET /_ping" {
                    return .answer(200, "OK", headers: ["Api-Version": "1.44"])
                }
                return request.target.hasPrefix("/v1.41/")
                    ? .failure(400, "client version 1.41 is too old. Minimum supported API version is 1.44")
                    : nil
            }, between: { _ in isNew.store(true, ordering: .relaxed) })
        #expect(left == [])
        #expect(report.containers.allSatisfy { $0.decision == .removed })
        #expect(lines.filter { $0.hasPrefix("DELETE") }.count == 40)
    }

    @Test func anEngineWithoutAClockRemovesNothing() async throws {
        let trouble: FakeContainers.Trouble = { _, request in
            request.resource == "/info" ? .json(#"{"ID":"E","SystemTime":"0001-01-01T00:00:00Z"}"#) : nil
        }
        await #expect(throws: StokerError.self) { try await reap([ReaperTests.one], trouble: trouble) }
    }
}
