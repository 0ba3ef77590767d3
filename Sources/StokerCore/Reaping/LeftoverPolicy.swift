/// Decides which networks and volumes go. Only those of dead owners do: they have neither an age that says anything,
/// nor names by which they could be known.
public enum LeftoverPolicy {
    /// Whether one goes, and why.
    public enum Decision: Sendable, Equatable {
        /// How its owner died, in words.
        case remove(String)
        /// Why it stays, in words.
        case keep(String)
    }

    /// - Parameters:
    ///   - fates: as of `ReapPolicy`.
    ///   - users: the containers that are there, or will be: their names, and what each of them uses.
    public static func decision(
        for facts: LeftoverFacts, fates: ReapPolicy.Fates, users: [(name: String, uses: ContainerReferences)]
    ) -> Decision {
        if let value = facts.labels[ReapPolicy.keepLabel], value != "false" {
            return .keep(KeepReason.keepLabel.words)
        }
        guard let labelled = facts.labelled else { return .keep("it carries no lease") }
        guard facts.isLocal else { return .keep("it belongs to a swarm") }
        // A volume that somebody gave a name holds what they want to find again.
        if facts.kind == .volume && !facts.isAnonymous { return .keep("it has a name") }
        switch fates(labelled) {
        case .alive: return .keep(KeepReason.livingLease.words)
        case .foreign(let user): return .keep(KeepReason.foreignLease(user).words)
        case .unknown(let why): return .keep("of its owner nothing is known: \(why)")
        case .notOwned(let why): return .keep(why)
        case .dead(let how):
            // Also of one that does not run: it could not be started again.
            if let user = users.first(where: { $0.uses.names(facts) }) {
                return .keep(KeepReason.usedBy(user.name).words)
            }
            return .remove(RemovalReason.deadLease(how).words)
        }
    }
}
