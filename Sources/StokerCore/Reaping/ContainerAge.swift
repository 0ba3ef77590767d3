/// How old a container is by the rule for its state, and how old it may get.
public struct ContainerAge: Sendable, Equatable {
    /// Which rule the age goes by.
    public enum Rule: String, Sendable {
        /// It ran and ended; the age is the time since.
        case exited
        /// It ended and the engine could not remove it whole; as `exited`, or since its creation.
        case dead
        /// It was created and not started; the age is the time since its creation.
        case neverStarted = "never-started"
        /// The age is the time since its last start, since somebody may have started an old one again.
        case running
        /// As `running`.
        case paused
        /// As `running`.
        case restarting
        /// Only listed, so that just its creation is known, and all ages are at most the time since.
        case listed
    }

    public var rule: Rule
    /// On the engine's clock.
    public var age: Duration
    public var limit: Duration

    public init(rule: Rule, age: Duration, limit: Duration) {
        self.rule = rule
        self.age = age
        self.limit = limit
    }

    /// Exactly at the limit it stays.
    var isPastLimit: Bool { age > limit }

    /// `exited 3 h ago, limit 2 h`.
    var words: String {
        let event =
            switch rule {
            case .exited: "exited"
            case .dead: "died"
            case .neverStarted: "never started, created"
            case .running: "still running, started"
            case .paused: "paused, started"
            case .restarting: "restarting, started"
            case .listed: "created"
            }
        return "\(event) \(age.roughly) ago, limit \(limit.roughly)"
    }
}

extension Duration {
    /// Its two largest units, rounded down: `2 d 3 h`, `24 h`, `2 h 3 s`, `0 s`. Up to two days in hours,
    /// as age limits are set.
    var roughly: String {
        let (seconds, _) = components
        let days = seconds >= 48 * 3600 ? seconds / 86400 : 0
        let rest = seconds - days * 86400
        let units = [(days, "d"), (rest / 3600, "h"), (rest % 3600 / 60, "min"), (rest % 60, "s")]
        let words = units.filter { $0.0 != 0 }.prefix(2).map { "\($0.0) \($0.1)" }
        return words.isEmpty ? "0 s" : words.joined(separator: " ")
    }
}
