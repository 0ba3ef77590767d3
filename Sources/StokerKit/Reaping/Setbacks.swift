/// Containers that would not go, and when to try each of them again.
///
/// A container that the engine cannot remove, such as one whose file system is busy, fails at each attempt, and
/// each attempt keeps the engine busy. So the time until the next one doubles. Whoever reaps again and again keeps
/// one and hands it to each pass.
///
/// Moments are durations since the boot, sleep included.
public struct Setbacks: Sendable, Equatable {
    /// What is known of one of them.
    public struct Setback: Sendable, Equatable {
        /// How often it has been tried in vain.
        public var attempts: Int
        /// The engine's words the last time.
        public var reason: String
        /// When it is due to be tried again.
        public var due: Duration
    }

    private let first: Duration
    private let longest: Duration
    private var byID: [String: Setback] = [:]

    /// - Parameters:
    ///   - first: from the first failed attempt to the next; it doubles each time.
    ///   - longest: the most that it grows to.
    public init(first: Duration = .seconds(60), longest: Duration = .seconds(6 * 3600)) {
        self.first = first
        self.longest = longest
    }

    public var isEmpty: Bool { byID.isEmpty }

    /// What stands in the way of trying `id` now; `nil` when nothing does.
    public func setback(of id: String, at now: Duration) -> Setback? {
        byID[id].flatMap { $0.due > now ? $0 : nil }
    }

    /// It has been tried in vain.
    public mutating func note(_ id: String, reason: String, at now: Duration) {
        let attempts = (byID[id]?.attempts ?? 0) + 1
        var delay = first
        // As long as it may grow, which also bounds the loop.
        for _ in 1..<attempts where delay < longest { delay *= 2 }
        byID[id] = Setback(attempts: attempts, reason: reason, due: now + min(delay, longest))
    }

    /// Forgets all others: they are gone, or nobody wants them to go any more.
    public mutating func keep(only ids: Set<String>) {
        byID = byID.filter { ids.contains($0.key) }
    }
}
