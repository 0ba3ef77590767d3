public import StokerCore

extension Reaper {
    /// Looks at everything and removes what is to go: containers, then the networks and volumes that they used. A lease
    /// whose owner is dead, and of which nothing is left then, is forgotten.
    ///
    /// - Parameters:
    ///   - isDryRun: only tell what would go.
    ///   - confirmed: as of `carryOut`.
    public func reap(isDryRun: Bool = false, confirmed: Bool = false) async throws -> ReapReport {
        var setbacks = Setbacks()
        return try await reap(isDryRun: isDryRun, confirmed: confirmed, setbacks: &setbacks)
    }

    /// The same for one who reaps again and again.
    ///
    /// - Parameter setbacks: as of `plan` and `carryOut`.
    public func reap(
        isDryRun: Bool = false, confirmed: Bool = false, setbacks: inout Setbacks
    ) async throws -> ReapReport {
        // Before the look, which then sees all that they have left.
        let dead = leases.dead(on: engine.endpoint.host)
        let plan = try await plan(setbacks: &setbacks)
        if isDryRun {
            var report = ReapReport(plan)
            report.leftovers = try await leftovers(plan).plan(staying: plan.staying)
            return report
        }
        var report = try await carryOut(plan, confirmed: confirmed, setbacks: &setbacks)
        // Nothing that is in use can be removed, and nothing more is asked of an engine that hangs.
        if report.engineFellSilent { return report }
        let leftovers = leftovers(plan)
        report.leftovers = await leftovers.carryOut(try await leftovers.plan())
        for entry in dead where !report.leases.contains(entry.lease.id) { leases.remove(entry) }
        return report
    }

    private func leftovers(_ plan: ReapPlan) -> LeftoverReaper {
        LeftoverReaper(
            engine: engine, leases: leases,
            uses: ContainerUses(engine, clock: clock, known: plan.knownReferences))
    }
}
