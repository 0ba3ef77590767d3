import StokerCore
@testable import StokerKit
import TestSupport
import Testing

/// An engine that misbehaves by a seed, under one who reaps again and again by a `ReapSchedule`, as the agent does:
/// events are dropped, repeated and late, the engine goes away and comes back.
///
/// `STOKER_SEED` and `STOKER_REAPS` as of `ReapSimulationTests`.
@Suite struct AgentSimulationTests {
    private static let count = max(ReapSimulationTests.count / 4, 1)

    @Test func whateverIsHeardOnlyWhatIsDeadGoesAndAllOfItInTheEnd() async {
        let seeds = (0..<AgentSimulationTests.count).map { ReapSimulationTests.firstSeed &+ UInt64($0) }
        let agents = await seeds.inParallel(width: 4) { seed in
            var agent = SimulatedAgent(seed: seed)
            await agent.live()
            return agent
        }
        let failures = agents.flatMap(\.failures)
        for failure in failures.prefix(5) { Issue.record(Comment(rawValue: failure)) }
        #expect(failures.isEmpty, "\(failures.count) failures")
        func sum(_ value: (SimulatedAgent) -> Int) -> Int { agents.reduce(0) { $0 + value($1) } }
        let (heard, lost, repeated) = (sum(\.heard), sum(\.lost), sum(\.repeated))
        print(
            "simulated: \(seeds.count) agents, \(sum(\.looks)) looks, \(sum(\.removed)) removals, "
                + "\(heard) events, \(lost) more lost, \(repeated) repeated"
        )
        // Or the seeds would show nothing.
        #expect(min(heard, lost, repeated) > seeds.count && sum(\.removed) > seeds.count)
    }
}

/// One of them, on the clock of its engine.
struct SimulatedAgent: Sendable {
    private let seed: UInt64
    private let engine: SimulatedEngine
    private let reaper: Reaper
    private let every: Duration
    private let lossPercent: Int
    private var generator: SeededGenerator
    private var schedule: ReapSchedule
    private var setbacks = Setbacks()
    /// Those that come late.
    private var pending: [String] = []
    private(set) var failures: [String] = []
    private(set) var (looks, heard, lost, repeated) = (0, 0, 0, 0)

    private static let policy = ReapPolicy()
    /// What passes by itself between the time that something is due and its removal.
    private static let slack = ReapSchedule.shortestDelay + .seconds(2)

    init(seed: UInt64) {
        self.seed = seed
        generator = SeededGenerator(seed: seed &* 31)
        let faults = [0, 5, 20, 50].randomElement(using: &generator) ?? 0
        engine = SimulatedEngine(seed: seed, faultPercent: faults)
        every = [.seconds(600), .seconds(3600), .seconds(36_000)].randomElement(using: &generator) ?? .zero
        lossPercent = [0, 30, 100].randomElement(using: &generator) ?? 0
        reaper = Reaper(
            requests: engine, policy: SimulatedAgent.policy, leases: SimulatedLease.book,
            logger: ReapSimulationTests.silent, clock: engine.clock)
        schedule = ReapSchedule(at: engine.clock.now())
    }

    var removed: Int { engine.with(\.removed) }
    private var now: Duration { engine.clock.now() }

    private mutating func fail(_ words: String) {
        failures.append("STOKER_SEED=\(seed) STOKER_REAPS=1: \(words)")
    }

    mutating func live() async {
        for _ in 0..<40 {
            let delay = Duration.seconds([1, 7, 100, 4000].randomElement(using: &generator) ?? 1)
            await pass(delay, isCalm: false)
            engine.with { $0.world.live() }
            hear(losing: lossPercent)
        }
        engine.calmDown()
        schedule.heard(.connected, at: now, policy: SimulatedAgent.policy)
        await pass(.seconds(60), isCalm: true)
        await checkWhatIsNew()
        // Until the last that would not go is tried again.
        await pass(.seconds(7 * 3600) + every * 2, isCalm: true)
        engine.with { state in
            for violation in state.violations { fail(violation) }
            for left in state.world.containers where left.mayGo(at: state.world.now) {
                fail("is left at \(state.world.now.rfc3339): \(left)")
            }
        }
        if !setbacks.isEmpty { fail("\(setbacks) are remembered of containers that are gone") }
    }

    /// What is told goes when its time comes, and what is not told by the next look after it.
    private mutating func checkWhatIsNew() async {
        for _ in 0..<3 {
            await pass(.seconds(Int.random(in: 0..<2000, using: &generator)), isCalm: true)
            let isTold = Bool.random(using: &generator)
            let id = engine.with { $0.world.createLeaked() }
            hear(losing: isTold ? 0 : 100)
            let before = looks
            let limit = SimulatedAgent.policy.rules[0].limits.olderThan
            await pass(limit - .seconds(1), isCalm: true)
            if engine.with({ $0.world[id] }) == nil { fail("\(id) is gone before its time") }
            await pass(SimulatedAgent.slack + (isTold ? .zero : every), isCalm: true)
            if engine.with({ $0.world[id] }) != nil { fail("\(id), told: \(isTold), stays") }
            // One for itself, one where it is as old as the others, and those by time.
            let most = 4 + 2 * engine.with({ $0.world.containers.count }) + 2 * Int((limit + every) / every)
            if looks - before > most { fail("\(looks - before) looks for one container") }
        }
    }

    /// Lets time pass, and looks whenever it is due.
    private mutating func pass(_ duration: Duration, isCalm: Bool) async {
        let end = now + duration
        while now < end {
            let due = schedule.due
            if due > end { return engine.with { $0.world.pass(end - $0.world.elapsed) } }
            engine.with { $0.world.pass(max(due - $0.world.elapsed, .zero)) }
            await look(isCalm: isCalm)
        }
    }

    private mutating func look(isCalm: Bool) async {
        looks += 1
        schedule.begin()
        do {
            let plan = try await reaper.plan(setbacks: &setbacks)
            engine.betweenLooks()
            let report = try await reaper.carryOut(plan, confirmed: false, setbacks: &setbacks)
            if report.engineFellSilent {
                schedule.failed(at: now, every: every, using: &generator)
            } else {
                schedule.looked(at: now, every: every, nextDue: report.nextDue)
            }
        } catch {
            if isCalm { fail("no fault is left, and \(error)") }
            schedule.failed(at: now, every: every, using: &generator)
        }
    }

    private mutating func hear(losing percent: Int) {
        var names = pending
        pending = []
        for name in engine.with({ $0.world.takeEvents() }) {
            if Int.random(in: 0..<100, using: &generator) < percent {
                lost += 1
            } else if percent > 0, Bool.random(using: &generator) {
                pending.append(name)
            } else {
                names.append(name)
                if Bool.random(using: &generator) {
                    names.append(name)
                    repeated += 1
                }
            }
        }
        heard += names.count
        for name in names { schedule.heard(.changed(name: name), at: now, policy: SimulatedAgent.policy) }
        if Int.random(in: 0..<20, using: &generator) == 0 {
            schedule.heard(.connected, at: now, policy: SimulatedAgent.policy)
        }
    }
}
