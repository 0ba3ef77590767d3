import StokerCore

/// Removes the networks and anonymous volumes that dead owners have left behind. To be run once their containers are
/// gone: what is in use is not removed, whether what uses it runs or not.
struct LeftoverReaper {
    typealias Users = [(name: String, uses: ContainerReferences)]

    let engine: any EngineRequests
    let leases: LeaseBook
    let uses: ContainerUses

    /// What would go, and what it is that stays.
    ///
    /// - Parameter staying: the containers that will be there by then; `nil` for those that are there.
    func plan(staying: Users? = nil) async throws -> [ReapReport.Leftover] {
        // A network's endpoints are those of containers, and a volume's users too; neither uses the other.
        let networks = try await engine.leasedNetworks()
        let volumes = try await engine.leasedVolumes()
        if networks.isEmpty && volumes.isEmpty { return [] }
        var users = staying
        if users == nil { users = try await uses.all() }
        let identity = try await identity()
        return [networks, volumes].flatMap { all in
            let evidence = LeaseEvidence(
                book: leases, engine: identity, all: all.compactMap(\.labelled))
            return all.map { facts in
                let decision = LeftoverPolicy.decision(
                    for: facts, fates: evidence.fate, users: users ?? [])
                let lease = facts.labelled.flatMap { evidence.fate(of: $0).mayOwn ? $0.labels.id : nil }
                return switch decision {
                case .remove(let why): ReapReport.Leftover(facts, .remove, why, lease: lease)
                case .keep(let why): ReapReport.Leftover(facts, .keep, why, lease: lease)
                }
            }
        }
    }

    /// Each after a second look, since a volume's name can be given again, and a container may have come to use it.
    func carryOut(_ plan: [ReapReport.Leftover]) async -> [ReapReport.Leftover] {
        var outcomes: [ReapReport.Leftover] = []
        for leftover in plan {
            outcomes.append(leftover.decision == .remove ? await remove(leftover) : leftover)
        }
        return outcomes
    }

    private func remove(_ planned: ReapReport.Leftover) async -> ReapReport.Leftover {
        var outcome = planned
        do {
            if let why = try await reasonToKeep(planned, &outcome) {
                outcome.decision = .keep
                outcome.reason = why
            }
            guard outcome.decision == .remove else { return outcome }
            switch try await engine.removeLeftover(planned.kind, planned.id) {
            case .removed: outcome.decision = .removed
            case .gone: outcome.decision = .gone
            case .inProgress: outcome.decision = .failed
            case .refused(let why):
                outcome.decision = .failed
                outcome.reason = "the engine refuses: \(why)"
                // Somebody may have begun to use it at the last moment.
                if let why = try await reasonToKeep(planned, &outcome) {
                    outcome.decision = .keep
                    outcome.reason = why
                }
            }
        } catch {
            outcome.decision = .failed
            outcome.reason = "\(error)"
        }
        return outcome
    }

    private func identity() async throws -> LeaseEvidence.Engine {
        LeaseEvidence.Engine(id: try await engine.account().id, address: engine.endpoint.host)
    }

    /// Why it stays at a second look; `nil` when nothing speaks for that.
    private func reasonToKeep(
        _ planned: ReapReport.Leftover, _ outcome: inout ReapReport.Leftover
    ) async throws -> String? {
        guard let facts = try await engine.leftover(planned.kind, planned.id) else {
            outcome.decision = .gone
            return nil
        }
        // That nothing else has its mark the first look has seen.
        let evidence = LeaseEvidence(book: leases, engine: try await identity(), all: nil)
        let users = try await uses.all()
        switch LeftoverPolicy.decision(for: facts, fates: evidence.fate, users: users) {
        case .remove: return nil
        case .keep(let why): return why
        }
    }
}
