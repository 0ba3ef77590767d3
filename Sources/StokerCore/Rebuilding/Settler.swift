/// Waits for a burst of edits to end: says when it has been quiet for long enough.
///
/// The quiet time grows while a burst goes on, since a checkout or a code generator pauses longer between
/// two files than an editor does; and a cap on the whole wait keeps a file that is written for ever from
/// putting off the build for ever.
public struct Settler<Instant: InstantProtocol>: Sendable, Equatable where Instant.Duration == Duration {
    public struct Timing: Sendable, Equatable {
        /// After a single change.
        public var quiet: Duration
        /// The longest that the quiet time grows to.
        public var longestQuiet: Duration
        /// From the first change of a burst to the build, at most.
        public var cap: Duration

        public init(
            quiet: Duration = .milliseconds(50), longestQuiet: Duration = .milliseconds(400),
            cap: Duration = .seconds(3)
        ) {
            self.quiet = quiet
            self.longestQuiet = longestQuiet
            self.cap = cap
        }
    }

    private let timing: Timing
    private let first: Instant
    private var quiet: Duration
    /// When to build, as far as is known now.
    public private(set) var due: Instant

    /// Begins with the first change of a burst.
    public init(firstChangeAt now: Instant, timing: Timing = Timing()) {
        self.timing = timing
        first = now
        quiet = timing.quiet
        due = now.advanced(by: quiet)
    }

    /// Another change: the wait begins anew, and somewhat longer.
    public mutating func changed(at now: Instant) {
        quiet = min(quiet * 3 / 2, timing.longestQuiet)
        due = min(now.advanced(by: quiet), first.advanced(by: timing.cap))
    }
}
