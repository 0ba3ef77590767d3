import StokerKit

/// Counts how often in a row the image has been made good although no input had changed and nobody had asked: then
/// somebody else gives the tag to another image each time, such as another project with the same tag, and the two
/// would take it from each other without end.
struct Restitutions {
    private var count = 0
    private var last: ContinuousClock.Instant?

    /// As many go without any delay.
    private static let limit = 3
    /// After so long a rest it is forgotten.
    private static let memory: Duration = .seconds(300)

    mutating func note(_ outcome: WarmOutcome, isWanted: Bool, at now: ContinuousClock.Instant) {
        if isWanted {
            count = 0
        } else if outcome == .built || outcome == .restored {
            if let last, last.duration(to: now) > Restitutions.memory { count = 0 }
            count += 1
            last = now
        }
    }

    /// How long to leave the tag to the other; `nil` for not at all. Doubling, up to about a minute.
    func delay(at now: ContinuousClock.Instant) -> Duration? {
        guard count >= Restitutions.limit, let last, last.duration(to: now) <= Restitutions.memory else {
            return nil
        }
        return .seconds(1 << min(count - Restitutions.limit, 6))
    }
}
