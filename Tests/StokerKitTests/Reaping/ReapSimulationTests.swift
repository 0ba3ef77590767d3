import Foundation
import Logging
import StokerCore
@testable import StokerKit
import Synchronization
import TestSupport
import Testing

/// An engine that misbehaves by a seed: whatever it does, nothing is removed that lives or does not match, and
/// what is dead is gone in the end.
///
/// - `STOKER_SEED`: the first of the seeds; each further one is one more. Default: fixed.
/// - `STOKER_REAPS`: how many seeds. Default: as many as take some seconds.
@Suite struct ReapSimulationTests {
    private static let environment = ProcessInfo.processInfo.environment
    static let firstSeed = environment["STOKER_SEED"].flatMap { UInt64($0) } ?? 1
    static let count = environment["STOKER_REAPS"].flatMap { Int($0) } ?? 2000

    private struct Tally: Sendable {
        var passes = 0
        var failedPasses = 0
        var removed = 0
        var changes = 0
        var failures: [String] = []
    }

    @Test func onlyWhatIsDeadGoesAndAllOfItInTheEnd() async {
        let seeds = (0..<ReapSimulationTests.count).map { ReapSimulationTests.firstSeed &+ UInt64($0) }
        let tallies = await seeds.inParallel(width: 4) { await ReapSimulationTests.run(seed: $0) }
        let failures = tallies.flatMap(\.failures)
        for failure in failures.prefix(5) { Issue.record(Comment(rawValue: failure)) }
        #expect(failures.isEmpty, "\(failures.count) failures")
        let removed = tallies.reduce(0) { $0 + $1.removed }
        let changes = tallies.reduce(0) { $0 + $1.changes }
        let passes = tallies.reduce(0) { $0 + $1.passes }
        let failed = tallies.reduce(0) { $0 + $1.failedPasses }
        print(
            "simulated: \(seeds.count) seeds, \(passes) passes (\(failed) given up), \(removed) removals, \(changes) changes"
        )
        // Or the seeds would show nothing.
        #expect(removed > seeds.count && changes > seeds.count / 2 && failed > seeds.count / 10)
    }

    private static func run(seed: UInt64) async -> Tally {
        var generator = SeededGenerator(seed: ~seed)
        let faults = [0, 5, 20, 50].randomElement(using: &generator) ?? 0
        let engine = SimulatedEngine(seed: seed, faultPercent: faults)
        let reaper = Reaper(
            requests: engine, policy: ReapPolicy(), leases: SimulatedLease.book,
            logger: ReapSimulationTests.silent, clock: engine.clock)
        var tally = Tally()
        var setbacks = Setbacks()
        func fail(_ words: String) { tally.failures.append("STOKER_SEED=\(seed) STOKER_REAPS=1: \(words)") }
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            tally.passes += 1
            do {
                let plan = try await reaper.plan(setbacks: &setbacks)
                engine.betweenLooks()
                _ = try await reaper.carryOut(
                    plan, confirmed: Bool.random(using: &generator), setbacks: &setbacks)
            } catch {
                tally.failedPasses += 1
            }
            engine.with { $0.world.pass(.seconds([1, 100, 4000, 100_000][$0.world.random(in: 0..<4)])) }
        }
        engine.calmDown()
        do {
            // A removal that is under way ends after some looks.
            for _ in 0..<3 {
                let plan = try await reaper.plan(setbacks: &setbacks)
                engine.betweenLooks()
                let report = try await reaper.carryOut(plan, confirmed: false, setbacks: &setbacks)
                for container in report.containers where container.decision == .failed {
                    fail("no fault is left, and \(container) fails")
                }
            }
        } catch { fail("no fault is left, and \(error)") }
        engine.with { state in
            for violation in state.violations { fail(violation) }
            for left in state.world.containers where left.mayGo(at: state.world.now) {
                fail("is left at \(state.world.now.rfc3339): \(left)")
            }
            if !setbacks.isEmpty { fail("\(setbacks) are remembered of containers that are gone") }
            (tally.removed, tally.changes) = (state.removed, state.world.changes)
        }
        return tally
    }

    /// Thousands of warnings are expected.
    static let silent: Logger = {
        var logger = Logger(label: "simulated")
        logger.logLevel = .critical
        return logger
    }()
}
