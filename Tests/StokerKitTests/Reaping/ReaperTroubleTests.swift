import Logging
import StokerCore
@testable import StokerKit
import Synchronization
import Testing

/// What a pass makes of an engine that is ill, without sockets and without waiting.
@Suite struct ReaperTroubleTests {
    static let info = #"{"ID":"E","SystemTime":"2026-11-22T12:00:00.5Z"}"#

    /// Answers as told while it is ill, where the script says something, and else by the truth.
    final class Engine: Sendable {
        private final class Illness: Sendable {
            let isThere = Atomic(false)
        }
        private let illness: Illness
        let fake: FakeContainers
        let requests: ScriptedRequests

        init(
            _ count: Int, _ script: @escaping @Sendable (FakeContainers, String) -> EngineClient.Answer??
        ) {
            let fake = FakeContainers(FakeContainers.leaked(count))
            let illness = Illness()
            (self.fake, self.illness) = (fake, illness)
            requests = ScriptedRequests { line in
                if illness.isThere.load(ordering: .relaxed), let told = script(fake, line) { return told }
                return ReaperTroubleTests.truth(fake, line)
            }
        }

        func fallIll() { illness.isThere.store(true, ordering: .relaxed) }
        func recover() { illness.isThere.store(false, ordering: .relaxed) }
    }

    static func truth(_ fake: FakeContainers, _ line: String) -> EngineClient.Answer? {
        let words = line.split(separator: " ").map(String.init)
        let query =
            line == "GET /containers/json" ? "?all=true" : words[0] == "DELETE" ? "?force=true&v=true" : ""
        let request = FakeEngine.Request(method: words[0], target: words[1] + query, headers: [:])
        guard case .answer(let status, let body, _) = fake.answer(request) else { return nil }
        return .of(status, body)
    }

    func reaper(_ engine: Engine, _ clock: SleeplessClock) -> Reaper {
        Reaper(
            requests: engine.requests, policy: ReapPolicy(), logger: ReapSimulationTests.silent,
            clock: clock.clock)
    }

    @Test func anEngineThatHangsEndsThePass() async throws {
        let removals = Atomic(0)
        // It falls silent after five removals.
        let engine = Engine(200) { _, line in
            if line.hasPrefix("DELETE") {
                return removals.add(1, ordering: .relaxed).newValue > 5 ? .some(nil) : .none
            }
            return removals.load(ordering: .relaxed) >= 5 ? .some(nil) : .none
        }
        let reaper = reaper(engine, SleeplessClock())
        let plan = try await reaper.plan()
        let planned = engine.requests.lines.count
        engine.fallIll()
        var setbacks = Setbacks()
        let report = try await reaper.carryOut(plan, confirmed: true, setbacks: &setbacks)
        #expect(report.engineFellSilent)
        // Those that were under way, and no more.
        #expect(engine.requests.lines.count - planned <= 1 + 3 * 5 + 3 * Reaper.width + EngineBreaker.limit)
        #expect(report.containers.filter { $0.decision == .removed }.count == 5)
        #expect(report.containers.filter { $0.decision == .failed }.count == 195)
        let untried = report.containers.filter { $0.code == "engine-silent" }
        #expect(untried.count >= 195 - Reaper.width - EngineBreaker.limit)
        let words = "the engine at unix:///scripted has stopped answering: it does not answer in time"
        #expect(untried.allSatisfy { $0.reason.contains(words) })
        // It is the engine that is ill, and not those that had no turn.
        for container in untried {
            #expect(setbacks.setback(of: .removal(of: container.id), at: .zero) == nil)
        }

        engine.recover()
        let again = try await reaper.carryOut(try await reaper.plan(), confirmed: true)
        #expect(engine.fake.names == [])
        #expect(!again.engineFellSilent)
    }

    @Test func anEngineThatFallsSilentWhileThePlanIsMadeIsOneError() async throws {
        let engine = Engine(200) { _, line in line.contains("/000") ? .some(nil) : .none }
        engine.fallIll()
        let error = await #expect(throws: StokerError.self) {
            try await reaper(engine, SleeplessClock()).plan()
        }
        #expect(error?.code == .engineUnavailable)
        #expect(error?.message == "the engine at unix:///scripted has stopped answering")
        #expect(engine.requests.lines.count <= 2 + Reaper.width + EngineBreaker.limit)
    }

    @Test func aSingleLostAnswerEndsNothing() async throws {
        let asked = Atomic(0)
        let engine = Engine(40) { _, line in
            line.hasPrefix("DELETE") && asked.add(1, ordering: .relaxed).newValue % 10 == 0
                ? .some(nil) : .none
        }
        let reaper = reaper(engine, SleeplessClock())
        let plan = try await reaper.plan()
        engine.fallIll()
        let report = try await reaper.carryOut(plan, confirmed: true)
        #expect(report.containers.filter { $0.decision == .removed }.count == 36)
        #expect(report.containers.filter { $0.code == "removal-unanswered" }.count == 4)
    }

    struct Ending: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var decision: ReapReport.Decision
        var code: String
        var isGone: Bool
        var script: @Sendable (FakeContainers, String) -> EngineClient.Answer??
    }

    static let target = FakeContainers.id(2)
    static let endings = [
        Ending(
            testDescription: "refused, and gone", decision: .removed, code: "exited-past-age", isGone: true
        ) { fake, line in
            guard line.hasPrefix("DELETE") else { return .none }
            fake.remove(target)
            return .of(500, #"{"message":"layer is busy"}"#)
        },
        Ending(
            testDescription: "refused, and there", decision: .failed, code: "removal-refused", isGone: false
        ) { _, line in
            line.hasPrefix("DELETE") ? .of(500, #"{"message":"layer is busy"}"#) : .none
        },
        Ending(
            testDescription: "somebody else removes it, and it cannot be shown meanwhile", decision: .gone,
            code: "exited-past-age", isGone: true
        ) { fake, line in
            guard line.hasSuffix("/json"), truth(fake, line)?.status == 200 else { return .none }
            fake.remove(target)
            return .of(500, #"{"message":"no container with ID x found in database"}"#)
        },
        Ending(
            testDescription: "no answer, and gone", decision: .removed, code: "exited-past-age", isGone: true
        ) { fake, line in
            guard line.hasPrefix("DELETE") else { return .none }
            fake.remove(target)
            return .some(nil)
        },
        Ending(
            testDescription: "no answer, and there", decision: .failed, code: "removal-unanswered",
            isGone: false
        ) { _, line in line.hasPrefix("DELETE") ? .some(nil) : .none },
        Ending(
            testDescription: "no answer, and on its way", decision: .failed, code: "removal-endless",
            isGone: false
        ) { fake, line in
            guard line.hasPrefix("DELETE") else { return .none }
            fake.change(target) { $0.status = "removing" }
            return .some(nil)
        },
        Ending(
            testDescription: "somebody else is at it, without an end", decision: .failed,
            code: "removal-endless",
            isGone: false
        ) { _, line in
            line.hasPrefix("DELETE")
                ? .of(409, #"{"message":"removal of container x is already in progress"}"#) : .none
        },
        Ending(
            testDescription: "the second look shows another one", decision: .failed, code: "unreadable",
            isGone: false
        ) { fake, line in
            line.hasPrefix("GET /containers/")
                ? truth(fake, "GET /containers/\(FakeContainers.id(1))/json") : .none
        },
    ]

    @Test(arguments: endings) func aRemovalEnds(ending: Ending) async throws {
        let engine = Engine(3) { fake, line in
            line.contains(ReaperTroubleTests.target) ? ending.script(fake, line) : .none
        }
        let (reaper, clock) = (reaper(engine, SleeplessClock()), SleeplessClock())
        let plan = try await reaper.plan()
        engine.fallIll()
        var setbacks = Setbacks()
        let report = try await reaper.carryOut(plan, confirmed: false, setbacks: &setbacks)
        let entry = try #require(report.containers.first { $0.id == ReaperTroubleTests.target })
        #expect(entry.decision == ending.decision)
        #expect(entry.code == ending.code)
        // The others go all the same.
        #expect(engine.fake.names.count == (ending.isGone ? 0 : 1))
        #expect(
            (setbacks.setback(of: .removal(of: entry.id), at: clock.now) != nil)
                == (ending.decision == .failed))
    }

    @Test func aRemovalThatSomebodyElseHasBegunIsWaitedOut() async throws {
        let looks = Atomic(0)
        let engine = Engine(1) { fake, line in
            if line.hasPrefix("DELETE") {
                fake.change(FakeContainers.id(1)) { $0.status = "removing" }
                return .of(409, #"{"message":"removal of container x is already in progress"}"#)
            }
            if line.hasSuffix("/json"), looks.add(1, ordering: .relaxed).newValue == 6 {
                fake.remove(FakeContainers.id(1))
            }
            return .none
        }
        let reaper = reaper(engine, SleeplessClock())
        let plan = try await reaper.plan()
        engine.fallIll()
        let report = try await reaper.carryOut(plan, confirmed: false)
        #expect(report.containers.map(\.decision) == [.gone])
    }

    @Test func oneThatCannotBeShownDoesNotKeepTheOthersForEver() async throws {
        let looks = Atomic(0)
        let engine = Engine(3) { _, line in
            guard line == "GET /containers/\(ReaperTroubleTests.target)/json" else { return .none }
            looks.add(1, ordering: .relaxed)
            return .of(500, #"{"message":"its configuration is damaged"}"#)
        }
        let clock = SleeplessClock()
        let reaper = reaper(engine, clock)
        var setbacks = Setbacks(first: .seconds(60), longest: .seconds(3600))
        engine.fallIll()
        var waits: [Bool] = []
        for _ in 0..<200 {
            let plan = try await reaper.plan(setbacks: &setbacks)
            waits.append(plan.needsConfirmation)
            _ = try await reaper.carryOut(plan, confirmed: false, setbacks: &setbacks)
            clock.pass(.seconds(60))
        }
        // Until the third attempt in vain it may be the engine that is ill.
        #expect(waits == [true, true, true] + Array(repeating: false, count: 197))
        #expect(engine.fake.names.count == 1)
        #expect(looks.load(ordering: .relaxed) == 9)
        engine.recover()
        clock.pass(.seconds(3600))
        let plan = try await reaper.plan(setbacks: &setbacks)
        _ = try await reaper.carryOut(plan, confirmed: false, setbacks: &setbacks)
        #expect(engine.fake.names == [] && setbacks.isEmpty)
    }

    @Test func whatWillNotGoIsSetAsideForEverLonger() async throws {
        let engine = Engine(2) { _, line in
            line == "DELETE /containers/\(ReaperTroubleTests.target)"
                ? .of(500, #"{"message":"busy"}"#) : .none
        }
        let clock = SleeplessClock()
        let reaper = reaper(engine, clock)
        var setbacks = Setbacks(first: .seconds(60), longest: .seconds(3600))
        var attempts: [Int] = []
        engine.fallIll()
        for minute in 0..<200 {
            let before = engine.requests.lines.filter { $0.hasPrefix("DELETE") }.count
            let plan = try await reaper.plan()
            let report = try await reaper.carryOut(plan, confirmed: false, setbacks: &setbacks)
            let entry = try #require(report.containers.first { $0.id == ReaperTroubleTests.target })
            // It is told of at each pass, in the engine's words.
            #expect(entry.decision == .failed && entry.reason.contains("busy"))
            let isTried = engine.requests.lines.filter { $0.hasPrefix("DELETE") }.count > before
            #expect(entry.code == (isTried ? "removal-refused" : "set-aside"))
            if isTried { attempts.append(minute) }
            clock.pass(.seconds(60))
        }
        #expect(attempts == [0, 1, 3, 7, 15, 31, 63, 123, 183])
        engine.recover()
        clock.pass(.seconds(3600))
        _ = try await reaper.carryOut(try await reaper.plan(), confirmed: false, setbacks: &setbacks)
        #expect(engine.fake.names == [])
        _ = try await reaper.carryOut(try await reaper.plan(), confirmed: false, setbacks: &setbacks)
        #expect(setbacks.isEmpty)
    }
}
