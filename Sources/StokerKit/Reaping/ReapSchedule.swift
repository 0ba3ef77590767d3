public import StokerCore

/// When the containers are looked at again by one who reaps again and again: as often as the settings say, earlier
/// when something comes of age by then, later and later where the engine does not answer. What the engine tells
/// by itself can only bring a look forward, so that nothing depends on it.
///
/// Moments are durations since any one that stays the same.
public struct ReapSchedule: Sendable {
    /// By what the last look saw.
    private var planned: Duration
    /// By what has been heard since the last look began.
    private var hinted: Duration?
    private var lastLook: Duration?
    private var backoff = Backoff()

    /// What comes of age, or happens, one by one is not looked at one by one.
    static let shortestDelay = Duration.seconds(5)

    /// The first look is due at once.
    public init(at now: Duration) { planned = now }

    /// When the next look is due.
    public var due: Duration { hinted.map { min($0, planned) } ?? planned }

    /// A look begins: what has been heard so far it will see.
    public mutating func begin() { hinted = nil }

    /// The look has ended.
    ///
    /// - Parameters:
    ///   - every: the longest that nobody looks.
    ///   - nextDue: until the next container comes of age, as far as is known; `nil` when there is none.
    public mutating func looked(at now: Duration, every: Duration, nextDue: Duration?) {
        backoff.reset()
        lastLook = now
        planned = now + min(every, max(nextDue ?? every, ReapSchedule.shortestDelay))
    }

    /// The look has come to nothing, since the engine does not answer.
    public mutating func failed(
        at now: Duration, every: Duration, using generator: inout some RandomNumberGenerator
    ) {
        lastLook = now
        planned = now + min(every, backoff.next(using: &generator))
    }

    /// The engine has told something.
    public mutating func heard(_ hint: ContainerHint, at now: Duration, policy: ReapPolicy) {
        var next: Duration
        switch hint {
        case .connected: next = now
        case .changed(let name):
            guard let limit = policy.shortestLimit(ofName: name) else { return }
            // By now its state may be another, so that the shorter limit counts.
            next = now + limit
        }
        if let lastLook { next = max(next, lastLook + ReapSchedule.shortestDelay) }
        hinted = hinted.map { min($0, next) } ?? next
    }
}
