import StokerKit
import Testing

@testable import StokerAgent

@Suite struct RestitutionsTests {
    @Test func whoTakesTheTagBackAgainAndAgainWaitsLongerAndLonger() {
        var restitutions = Restitutions()
        let now = ContinuousClock.now
        for _ in 0..<3 {
            #expect(restitutions.delay(at: now) == nil)
            restitutions.note(.restored, isWanted: false, at: now)
        }
        for seconds in [1, 2, 4, 8, 16, 32, 64, 64] {
            #expect(restitutions.delay(at: now) == .seconds(seconds))
            // A look that finds all well is none.
            restitutions.note(.hit, isWanted: false, at: now)
            restitutions.note(.built, isWanted: false, at: now)
        }
        #expect(restitutions.delay(at: now.advanced(by: .seconds(301))) == nil)
        restitutions.note(.hit, isWanted: true, at: now)
        #expect(restitutions.delay(at: now) == nil)
    }
}
