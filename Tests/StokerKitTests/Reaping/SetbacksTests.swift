import StokerCore
@testable import StokerKit
import TestSupport
import Testing

@Suite struct SetbacksTests {
    @Test func eachAttemptInVainDoublesTheWait() {
        var setbacks = Setbacks(first: .seconds(60), longest: .seconds(1000))
        var now = Duration.seconds(77)
        for (attempt, delay) in [60, 120, 240, 480, 960, 1000, 1000].enumerated() {
            setbacks.note(.removal(of: "a"), reason: "busy \(attempt)", at: now)
            let setback = setbacks.setback(of: .removal(of: "a"), at: now)
            #expect(setback?.due == now + .seconds(delay))
            #expect(setback?.attempts == attempt + 1)
            #expect(setback?.reason == "busy \(attempt)")
            #expect(
                setbacks.setback(of: .removal(of: "a"), at: now + .seconds(delay) - .nanoseconds(1)) != nil)
            now += .seconds(delay)
            #expect(setbacks.setback(of: .removal(of: "a"), at: now) == nil)
        }
        #expect(setbacks.setback(of: .look(at: "a"), at: now) == nil)
    }

    @Test func manyAttemptsOverflowNothing() {
        var setbacks = Setbacks()
        for _ in 0..<10_000 { setbacks.note(.removal(of: "a"), reason: "", at: .zero) }
        #expect(setbacks.setback(of: .removal(of: "a"), at: .zero)?.due == .seconds(6 * 3600))
    }

    @Test func whatIsGoneIsForgotten() {
        var setbacks = Setbacks()
        for id in ["a", "b", "c"] { setbacks.note(.removal(of: id), reason: "", at: .zero) }
        setbacks.keep(removalsOf: ["b", "d"])
        #expect(
            ["a", "b", "c", "d"].map { setbacks.setback(of: .removal(of: $0), at: .zero) != nil } == [
                false, true, false, false,
            ])
        setbacks.note(.removal(of: "a"), reason: "", at: .zero)
        #expect(setbacks.setback(of: .removal(of: "a"), at: .zero)?.attempts == 1)
    }

    @Test func delaysGrowWithinTheirBoundsAndDiffer() {
        var generator = SeededGenerator(seed: 5)
        var seen: Set<Duration> = []
        for _ in 0..<200 {
            var backoff = Backoff(first: .seconds(2), longest: .seconds(60))
            for most in [2, 4, 8, 16, 32, 60, 60, 60] {
                let delay = backoff.next(using: &generator)
                #expect((.seconds(most) / 2)...(.seconds(most)) ~= delay)
                seen.insert(delay)
            }
            backoff.reset()
            #expect(backoff.next(using: &generator) <= .seconds(2))
        }
        #expect(seen.count > 1500)
        // The same seed gives the same delays.
        var (one, other) = (SeededGenerator(seed: 9), SeededGenerator(seed: 9))
        var (first, second) = (Backoff(), Backoff())
        #expect(first.next(using: &one) == second.next(using: &other))
    }
}
