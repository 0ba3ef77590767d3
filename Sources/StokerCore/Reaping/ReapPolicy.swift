/// Decides which containers are leaked. It knows nothing but what it is given, and in doubt a container stays.
///
/// It works in two steps, since the list of containers is one question and each inspection another:
/// `candidates` picks from the list what is worth inspecting, and `plan` decides on everything, with the
/// inspected facts in place of the listed ones. Right before each removal comes `secondLook`.
///
/// A container that carries a lease goes by what is proved of the lease: with a dead owner at once, whatever its name,
/// with a living one never. Of an owner of whom nothing is proved, name and age decide, as of all other containers.
public struct ReapPolicy: Sendable, Equatable {
    /// A container with this label stays, unless the label's value is `false`.
    public static let keepLabel = "dev.stoker.keep"

    /// What is proved of the owner of something that carries a lease's labels: see `LeaseEvidence`.
    public typealias Fates = (LabelledObject) -> LeaseFate

    /// A container without a dead owner goes only when its whole name matches a pattern of one of them, and all that
    /// claim it let it go.
    public var rules: [ReapRule]
    /// Names, without slash, that stay in any case, by the person's own word.
    public var exempt: Set<String>

    public init(rules: [ReapRule], exempt: Set<String> = []) {
        self.rules = rules
        self.exempt = exempt
    }

    /// One rule for all.
    public init(
        patterns: [ContainerPattern] = [.standard],
        olderThan: Duration = ReapLimits.standard.olderThan,
        runningOlderThan: Duration = ReapLimits.standard.runningOlderThan, exempt: Set<String> = []
    ) {
        let limits = ReapLimits(olderThan: olderThan, runningOlderThan: runningOlderThan)
        self.init(rules: [ReapRule(patterns: patterns, limits: limits)], exempt: exempt)
    }

    /// All that the projects say, together.
    public init(_ projects: [ReapSettings]) {
        self.init(
            rules: projects.flatMap(\.rules),
            exempt: projects.reduce(into: []) { $0.formUnion($1.exempt) })
    }

    /// Takes nothing but what dead owners have left behind.
    public static let deadLeasesOnly = ReapPolicy(rules: [])

    /// The same policy without all that goes by its name.
    public var ofDeadLeases: ReapPolicy {
        var policy = self
        for index in policy.rules.indices { policy.rules[index].patterns = [] }
        return policy
    }

    /// Which of the listed containers have to be inspected before anything can be said of them. All others
    /// stay, whatever inspecting would tell.
    public func candidates(in listed: [ContainerFacts], now: Now, fates: Fates) -> [ContainerFacts] {
        listed.filter { decision(for: $0, now: now, fates: fates) == .keep(.notInspected) }
    }

    /// What becomes of each container.
    ///
    /// - Parameters:
    ///   - containers: all that the engine has, in any order, the candidates inspected. A candidate that
    ///     could not be inspected stays as it was listed; one that no longer exists is left out.
    ///   - now: the clocks, read before the list, so that no age is overestimated.
    ///   - fates: what is proved of the leases.
    ///   - isIncomplete: whether anything that the decisions rest on could not be read, so that a person
    ///     has to confirm.
    public func plan(
        containers: [ContainerFacts], now: Now, fates: Fates, isIncomplete: Bool = false
    ) -> ReapPlan {
        let decisions = ReapPolicy.sparing(
            containers, containers.map { decision(for: $0, now: now, fates: fates) })
        let entries = zip(containers, decisions).map { facts, decision in
            ReapPlan.Entry(
                facts, decision: decision, now: now.engine,
                lease: facts.labelled.flatMap { fates($0).mayOwn ? $0.labels.id : nil })
        }
        return ReapPlan(entries: entries, isIncomplete: isIncomplete)
    }

    /// Decides again right before a removal, on facts that have just been inspected.
    ///
    /// Between plan and removal a person may have started the container, renamed it, or looked inside.
    ///
    /// - Returns: a removal only when the plan had one, ID, name, state and start time are what the plan
    ///   saw, and the decision is still to remove.
    public func secondLook(
        planned entry: ReapPlan.Entry, now facts: ContainerFacts, at now: Now, fates: Fates
    ) -> ReapDecision {
        guard entry.decision.isRemoval else { return entry.decision }
        if facts.id != entry.id { return .keep(.changedSincePlan("it is another container")) }
        if facts.name != entry.name { return .keep(.changedSincePlan("its name is another")) }
        if facts.state != entry.state {
            let (old, new) = (entry.state.engineName, facts.state.engineName)
            return .keep(
                .changedSincePlan("it was \(String(reflecting: old)), now it is \(String(reflecting: new))"))
        }
        guard let details = facts.details else { return .keep(.notInspected) }
        if details.startedAt != entry.startedAt {
            return .keep(.changedSincePlan("it has been started again"))
        }
        switch decision(for: facts, now: now, fates: fates) {
        case .remove(let reason): return .remove(reason)
        case .keep(let reason): return .keep(.changedSincePlan(reason.words))
        }
    }
}
