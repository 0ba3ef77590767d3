import StokerCore

/// Removes the networks and anonymous volumes that dead owners have left behind. To be run once their containers are
/// gone: what is in use cannot be removed.
struct LeftoverReaper {
    let engine: any EngineRequests
    let leases: LeaseBook

    /// What would go, and what it is that stays.
    func plan() async throws -> [ReapReport.Leftover] {
        // A network's endpoints are those of containers, and a volume's users too; neither uses the other.
        let all = try await engine.leasedNetworks() + engine.leasedVolumes()
        return all.map { facts in
            switch LeftoverPolicy.decision(for: facts, fates: leases.fate) {
            case .remove(let why): ReapReport.Leftover(facts, .remove, why)
            case .keep(let why): ReapReport.Leftover(facts, .keep, why)
            }
        }
    }

    /// Each after a second look, since a volume's name can be given again.
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
            guard let facts = try await engine.leftover(planned.kind, planned.id) else {
                outcome.decision = .gone
                return outcome
            }
            guard case .remove = LeftoverPolicy.decision(for: facts, fates: leases.fate) else {
                outcome.decision = .keep
                outcome.reason = "it has changed since the plan was made"
                return outcome
            }
            switch try await engine.removeLeftover(planned.kind, planned.id) {
            case .removed: outcome.decision = .removed
            case .gone: outcome.decision = .gone
            case .inProgress: outcome.decision = .failed
            case .refused(let why):
                outcome.decision = .failed
                outcome.reason = "the engine refuses: \(why)"
            }
        } catch {
            outcome.decision = .failed
            outcome.reason = "\(error)"
        }
        return outcome
    }
}
