/// What became of every container, for `--format json` and the control API.
public struct ReapReport: Codable, Sendable, Equatable {
    /// What was decided for a container, or done with it.
    public enum Decision: String, Codable, Sendable {
        /// It is to go; nothing has been done yet.
        case remove
        /// It stays.
        case keep
        /// It went.
        case removed
        /// Someone else had removed it.
        case gone
        /// It should have gone and did not; `reason` has the engine's words.
        case failed
    }

    public struct Container: Codable, Sendable, Equatable {
        /// All 64 digits.
        public var id: String
        /// Without slash; absent when it has no name of its own.
        public var name: String?
        public var decision: Decision
        /// Why, for programs: `exited-past-age`.
        public var code: String
        /// Why, for people: `exited 3 h ago, limit 2 h`.
        public var reason: String
        /// Whole seconds, by the rule that decided, else since its creation; absent when not known.
        public var ageSeconds: Int64?

        public init(
            id: String, name: String?, decision: Decision, code: String, reason: String, ageSeconds: Int64?
        ) {
            self.id = id
            self.name = name
            self.decision = decision
            self.code = code
            self.reason = reason
            self.ageSeconds = ageSeconds
        }
    }

    /// By name.
    public var containers: [Container]
    /// Why nothing was removed without a person's word, and how to give it; absent when none was needed.
    public var confirmation: String?

    public init(containers: [Container], confirmation: String? = nil) {
        self.containers = containers
        self.confirmation = confirmation
    }

    /// A plan of which nothing has been carried out.
    public init(_ plan: ReapPlan) {
        self.init(containers: plan.entries.map(Container.init), confirmation: plan.confirmation)
    }
}

extension ReapReport.Container {
    /// An entry of which nothing has been carried out.
    public init(_ entry: ReapPlan.Entry) {
        self.init(
            id: entry.id, name: entry.name, decision: entry.decision.isRemoval ? .remove : .keep,
            code: entry.decision.code, reason: entry.decision.words,
            ageSeconds: entry.age?.components.seconds)
    }

    /// Takes over a later decision, such as that of the second look.
    public mutating func note(_ decision: ReapDecision) {
        self.decision = decision.isRemoval ? .remove : .keep
        code = decision.code
        reason = decision.words
    }
}
