/// What is to become of every container, before anything is done.
public struct ReapPlan: Sendable, Equatable {
    /// One container as the plan saw it.
    public struct Entry: Sendable, Equatable {
        /// All 64 digits.
        public let id: String
        /// `nil` when it has no name of its own.
        public let name: String?
        public let state: ContainerState
        /// The start of its last run; `nil` when it was never started or not inspected.
        public let startedAt: EngineTime?
        public let decision: ReapDecision
        /// By the rule that decided, else since its creation; `nil` when that is not known.
        public let age: Duration?
        /// Whose it is, as far as is known; `nil` when it is not leased, or carries copied labels.
        public let lease: LeaseID?
        /// What of others it uses, as far as that was asked.
        public let references: ContainerReferences
        /// Whether it was asked for all of that, and not only listed.
        public let hasAllReferences: Bool

        init(_ facts: ContainerFacts, decision: ReapDecision, now: EngineTime, lease: LeaseID?) {
            id = facts.id
            name = facts.name
            state = facts.state
            startedAt = facts.details?.startedAt
            self.lease = lease
            references = facts.references
            hasAllReferences = facts.hasAllReferences || facts.details != nil
            self.decision = decision
            age = decision.age?.age ?? facts.created.map { max(now.since($0), .zero) }
        }

        var sortKey: (String, String) { (name ?? "", id) }
    }

    /// More removals than this need a person's word, if they are also more than half of all containers.
    public static let unconfirmedRemovals = 50

    /// Every container that the engine listed, by name.
    public let entries: [Entry]
    /// Whether something that the plan rests on could not be read.
    public let isIncomplete: Bool

    init(entries: [Entry], isIncomplete: Bool) {
        self.entries = entries.sorted { $0.sortKey < $1.sortKey }
        self.isIncomplete = isIncomplete
    }

    /// The containers that stay, by name, with what of others they use.
    public var staying: [(name: String, uses: ContainerReferences)] {
        entries.filter { !$0.decision.isRemoval }.map { ($0.name ?? String($0.id.prefix(12)), $0.references) }
    }

    /// What of others each container uses, of those that have been asked, by ID.
    public var knownReferences: [String: ContainerReferences] {
        let asked = entries.filter(\.hasAllReferences).map { ($0.id, $0.references) }
        return Dictionary(asked) { first, _ in first }
    }

    /// What is to be removed, by name.
    public var removals: [Entry] { entries.filter(\.decision.isRemoval) }

    /// What of it may be removed now. What a dead owner left behind is proved for each container alone, so that
    /// neither their number nor what is not known of others says anything against it.
    ///
    /// - Parameter confirmed: whether a person has said yes to the whole plan.
    public func removals(confirmed: Bool) -> [Entry] {
        needsConfirmation && !confirmed ? removals.filter(\.decision.isOfDeadLease) : removals
    }

    /// When, from the plan on, the next of those goes that only their age keeps; `nil` when there is none.
    public var nextDue: Duration? {
        entries.compactMap { entry -> Duration? in
            guard case .keep(.tooYoung(let age)) = entry.decision else { return nil }
            return age.limit - age.age
        }.min()
    }

    /// Whether part of it is not to be removed without a person's word.
    public var needsConfirmation: Bool { confirmation != nil }

    /// Why a person has to confirm and how, as one sentence; `nil` when nobody has to.
    ///
    /// A wrong pattern or clock shows in a plan that takes most of what there is.
    public var confirmation: String? {
        let ownerless = entries.filter { !$0.decision.isOfDeadLease }
        let count = ownerless.count(where: \.decision.isRemoval)
        if count == 0 { return nil }
        let containers = "\(count) of \(ownerless.count) containers"
        var causes: [String] = []
        if count > Self.unconfirmedRemovals && count * 2 > ownerless.count {
            causes.append("that is more than \(Self.unconfirmedRemovals) and more than half")
        }
        if isIncomplete { causes.append("not everything could be read that the plan rests on") }
        if causes.isEmpty { return nil }
        return "\(containers) would be removed, and \(causes.joined(separator: ", and ")); "
            + "look at the plan and run the command again with --yes to carry it out"
    }
}
