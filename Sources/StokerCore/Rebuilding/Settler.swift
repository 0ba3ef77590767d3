/// Waits for a burst of edits to end: says when it has been quiet for long enough.
///
/// The quiet time grows while a burst goes on, since a checkout or a code generator pauses longer between
/// two files than an editor does; and a cap on the whole wait keeps a file that is written for ever from
/// putting off the build for ever.
///
/// Whoever changes the files may also say that it is not done yet, as git does by its lock. Then the wait goes on
/// until it lets go, however quiet it is; but not for ever either.
public struct Settler<Instant: InstantProtocol>: Sendable, Equatable where Instant.Duration == Duration {
    public struct Timing: Sendable, Equatable {
        /// After a single change.
        public var quiet: Duration
        /// The longest that the quiet time grows to.
        public var longestQuiet: Duration
        /// From the first change of a burst to the build, at most.
        public var cap: Duration
        /// How long others can hold it up, at most, however often they let go and begin again.
        public var longestHold: Duration

        public init(
            quiet: Duration = .milliseconds(50), longestQuiet: Duration = .milliseconds(400),
            cap: Duration = .seconds(3), longestHold: Duration = .seconds(30)
        ) {
            self.quiet = quiet
            self.longestQuiet = longestQuiet
            self.cap = cap
            self.longestHold = longestHold
        }
    }

    /// What is made, written and renamed within so short a time was saved once, in a burst of one.
    private static var save: Duration { .milliseconds(10) }

    private let timing: Timing
    private let first: Instant
    /// When the quiet time was last set.
    private var quietSince: Instant
    private var quiet: Duration
    private var isHeld = false
    /// When holding ends whatever happens; `nil` before the first.
    private var holdEnd: Instant?
    /// When to build, as far as is known now.
    public private(set) var due: Instant

    /// Begins with the first change of a burst.
    public init(firstChangeAt now: Instant, timing: Timing = Timing()) {
        self.timing = timing
        (first, quietSince) = (now, now)
        quiet = timing.quiet
        due = now.advanced(by: quiet)
    }

    /// Another change: the wait begins anew, and somewhat longer unless it belongs to the same save.
    public mutating func changed(at now: Instant) {
        if quietSince.duration(to: now) >= Self.save {
            quiet = min(quiet * 3 / 2, timing.longestQuiet)
            quietSince = now
        }
        if isHeld { return }
        due = min(now.advanced(by: quiet), first.advanced(by: timing.cap))
    }

    /// Somebody is at work on the files.
    ///
    /// - Parameter limit: when to build nevertheless.
    /// - Returns: Whether there is anything to wait for; `false` when it has been held up for long enough.
    public mutating func hold(at now: Instant, until limit: Instant) -> Bool {
        let end = holdEnd ?? now.advanced(by: timing.longestHold)
        guard now < min(limit, end) else { return false }
        (isHeld, holdEnd, due) = (true, end, min(limit, end))
        return true
    }

    /// They have let go: what is left of the burst may take a moment, and they may begin again at once.
    ///
    /// - Returns: Whether anybody held it up.
    public mutating func release(at now: Instant) -> Bool {
        guard isHeld, let holdEnd else { return false }
        isHeld = false
        due = min(now.advanced(by: quiet), holdEnd)
        return true
    }
}
