/// Containers that would not go, or that the engine cannot show, and when to try each of them again.
///
/// A container that the engine cannot remove, such as one whose file system is busy, fails at each attempt, and
/// each attempt keeps the engine busy. So the time until the next one doubles. Whoever reaps again and again keeps
/// one and hands it to each pass.
///
/// Moments are durations since the boot, sleep included.
public struct Setbacks: Sendable, Equatable {
    /// What was tried, with the container's ID.
    public enum Attempt: Sendable, Hashable {
        case look(at: String)
        case removal(of: String)
    }

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
    private var byAttempt: [Attempt: Setback] = [:]
    /// After so many it is the container that is ill, and not the engine.
    private static let usual = 3

    /// - Parameters:
    ///   - first: from the first failed attempt to the next; it doubles each time.
    ///   - longest: the most that it grows to.
    public init(first: Duration = .seconds(60), longest: Duration = .seconds(6 * 3600)) {
        self.first = first
        self.longest = longest
    }

    public var isEmpty: Bool { byAttempt.isEmpty }

    /// What stands in the way of trying it now; `nil` when nothing does.
    public func setback(of attempt: Attempt, at now: Duration) -> Setback? {
        byAttempt[attempt].flatMap { $0.due > now ? $0 : nil }
    }

    /// Whether it has been tried in vain so often that nobody is surprised any more.
    public func isUsual(_ attempt: Attempt) -> Bool {
        byAttempt[attempt].map { $0.attempts >= Setbacks.usual } ?? false
    }

    /// It has been tried in vain.
    public mutating func note(_ attempt: Attempt, reason: String, at now: Duration) {
        let attempts = (byAttempt[attempt]?.attempts ?? 0) + 1
        var delay = first
        // As long as it may grow, which also bounds the loop.
        for _ in 1..<attempts where delay < longest { delay *= 2 }
        byAttempt[attempt] = Setback(attempts: attempts, reason: reason, due: now + min(delay, longest))
    }

    /// Forgets all other looks: those are gone, or can be seen again.
    public mutating func keep(looksAt ids: Set<String>) {
        byAttempt = byAttempt.filter { attempt, _ in
            if case .look(let id) = attempt { ids.contains(id) } else { true }
        }
    }

    /// Forgets all other removals: those are gone, or nobody wants them to go any more.
    public mutating func keep(removalsOf ids: Set<String>) {
        byAttempt = byAttempt.filter { attempt, _ in
            if case .removal(let id) = attempt { ids.contains(id) } else { true }
        }
    }
}
