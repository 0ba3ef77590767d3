/// How long containers stay.
public struct ReapLimits: Sendable, Equatable {
    /// Of one that has exited, since it finished, or of one that was never started, since its creation. Default: 2 h.
    public var olderThan: Duration
    /// Of a running or paused one, since its last start. Default: 24 h.
    public var runningOlderThan: Duration

    public static let standard = ReapLimits()

    public init(
        olderThan: Duration = .seconds(2 * 3600), runningOlderThan: Duration = .seconds(24 * 3600)
    ) {
        self.olderThan = olderThan
        self.runningOlderThan = runningOlderThan
    }

    /// The longer of both, for each state.
    func longer(_ other: ReapLimits) -> ReapLimits {
        ReapLimits(
            olderThan: max(olderThan, other.olderThan),
            runningOlderThan: max(runningOlderThan, other.runningOlderThan))
    }

    /// The longest of all, for each state; `nil` of none.
    static func longest(_ all: some Sequence<ReapLimits>) -> ReapLimits? {
        all.reduce(nil) { longest, limits in longest?.longer(limits) ?? limits }
    }
}
