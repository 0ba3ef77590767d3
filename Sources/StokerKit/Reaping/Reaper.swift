public import Logging
public import StokerCore

/// Removes leaked containers: looks, plans, looks again, removes.
public struct Reaper: Sendable {
    let engine: any EngineRequests
    let policy: ReapPolicy
    /// What is proved of owners.
    let leases: LeaseBook
    let logger: Logger
    let clock: BootClock

    /// How many containers are looked at or removed at once. On two cores an engine removes no faster with more
    /// than 16; with more cores it may. Some connections are left for what others ask beside it.
    static let width = EngineClient.connectionLimit - 8

    public init(engine: EngineClient, policy: ReapPolicy, leases: LeaseBook, logger: Logger) {
        self.init(requests: engine, policy: policy, leases: leases, logger: logger)
    }

    init(
        requests: any EngineRequests, policy: ReapPolicy, leases: LeaseBook, logger: Logger,
        clock: BootClock = .system
    ) {
        engine = requests
        self.policy = policy
        self.leases = leases
        self.logger = logger
        self.clock = clock
    }

    private func pass() -> ReapPass {
        ReapPass(engine, policy: policy, leases: leases, clock: clock)
    }

    func identity(_ account: EngineAccount) -> LeaseEvidence.Engine {
        LeaseEvidence.Engine(id: account.id, address: engine.endpoint.host)
    }

    /// What would go and what would stay, and why. Removes nothing.
    ///
    /// - Throws: `StokerError`, `.engineUnavailable`, when the engine does not tell what there is, or stops
    ///   answering.
    public func plan() async throws -> ReapPlan {
        var setbacks = Setbacks()
        return try await plan(setbacks: &setbacks)
    }

    /// The same for one who reaps again and again.
    ///
    /// - Parameter setbacks: of the passes before. A container that the engine cannot show again and again is
    ///   looked at ever more seldom, and says nothing any more against removing others.
    public func plan(setbacks: inout Setbacks) async throws -> ReapPlan {
        let pass = pass()
        // The clock first, so that no age is overestimated.
        let account = try await pass.engine.account()
        let now = ReapPolicy.Now(engine: account.time)
        let listed = try await pass.engine.containers().map { ContainerFacts($0) }
        let evidence = LeaseEvidence(
            book: leases, engine: identity(account), all: listed.compactMap(\.labelled))
        let candidates = policy.candidates(
            in: listed.map(Reaper.doubtingRemoval), now: now, fates: evidence.fate
        ).map(\.id)
        let moment = clock.now()
        let shown = candidates.filter { setbacks.setback(of: .look(at: $0), at: moment) == nil }
        let looks = await shown.inParallel(width: Reaper.width) { (id: $0, look: await pass.look($0)) }
        try Task.checkCancellation()
        if let silence = pass.engine.silence { throw silence }
        let lookByID = Dictionary(looks.map { ($0.id, $0.look) }) { first, _ in first }
        var containers: [ContainerFacts] = []
        var unseen = Set(candidates).subtracting(shown)
        for facts in listed {
            switch lookByID[facts.id] {
            case nil: containers.append(facts)
            case .seen(let inspected, _): containers.append(inspected)
            case .gone: break
            case .unreadable(let why):
                logger.warning("cannot look at the container \(facts.name ?? facts.id): \(why)")
                containers.append(facts)
                unseen.insert(facts.id)
                setbacks.note(.look(at: facts.id), reason: why, at: clock.now())
            }
        }
        setbacks.keep(looksAt: unseen)
        let isIncomplete = !unseen.allSatisfy { setbacks.isUsual(.look(at: $0)) }
        func plan() -> ReapPlan {
            policy.plan(containers: containers, now: now, fates: evidence.fate, isIncomplete: isIncomplete)
        }
        let first = plan()
        if first.removals.isEmpty { return first }
        // What cannot be shown is not asked again; of that the list has to do.
        for index in containers.indices where unseen.contains(containers[index].id) {
            containers[index].hasAllReferences = true
        }
        try await addReferences(ofThoseThatStayIn: first, to: &containers, pass)
        return plan()
    }

    /// Asks those that stay what of the others they use. The list does not tell of all of that; of one that cannot be
    /// shown it has to do.
    private func addReferences(
        ofThoseThatStayIn plan: ReapPlan, to containers: inout [ContainerFacts], _ pass: ReapPass
    ) async throws {
        let going = Set(plan.removals.map(\.id))
        let unknown = containers.filter {
            $0.details == nil && !$0.hasAllReferences && !going.contains($0.id)
        }.map(\.id)
        let found = await unknown.inParallel(width: Reaper.width) { id in
            (id, try? await pass.engine.container(id)?.references)
        }
        try Task.checkCancellation()
        if let silence = pass.engine.silence { throw silence }
        let byID = Dictionary(found) { first, _ in first }
        for index in containers.indices {
            guard let more = byID[containers[index].id] ?? nil else { continue }
            containers[index].references = containers[index].references.union(more)
            containers[index].hasAllReferences = true
        }
    }

    /// An engine that has failed to remove a container lists it as being removed until it is started again,
    /// while it shows it as dead. So one that is listed so has to be looked at.
    private static func doubtingRemoval(_ facts: ContainerFacts) -> ContainerFacts {
        var facts = facts
        if facts.state == .removing { facts.state = .dead }
        return facts
    }

    /// Carries out a plan, container by container, each after a second look.
    ///
    /// - Parameter confirmed: whether a person has said yes to a plan that `needsConfirmation`; without it
    ///   only what dead owners have left goes.
    public func carryOut(_ plan: ReapPlan, confirmed: Bool) async throws -> ReapReport {
        var setbacks = Setbacks()
        return try await carryOut(plan, confirmed: confirmed, setbacks: &setbacks)
    }

    /// The same for one who reaps again and again.
    ///
    /// An engine that stops answering is no error of this function, since something may have been removed
    /// before; the report says so, see `ReapReport.engineFellSilent`.
    ///
    /// - Parameters:
    ///   - confirmed: whether a person has said yes to a plan that `needsConfirmation`; without it
    ///     only what dead owners have left goes.
    ///   - setbacks: of the passes before. Those who have one and are not due stay, as `failed`.
    /// - Throws: `StokerError`, `.engineUnavailable`, when the engine does not tell the time, so that nothing
    ///   has been removed.
    public func carryOut(
        _ plan: ReapPlan, confirmed: Bool, setbacks: inout Setbacks
    ) async throws -> ReapReport {
        var report = ReapReport(plan)
        let removals = plan.removals(confirmed: confirmed)
        setbacks.keep(removalsOf: Set(plan.removals.map(\.id)))
        if removals.isEmpty { return report }
        let pass = pass()
        let account = try await pass.engine.account()
        var looks = ReapPass.SecondLooks(
            engineClock: EngineClock(reading: account.time, readAt: clock.now()), engine: identity(account),
            uses: ContainerUses(pass.engine, clock: clock, known: plan.knownReferences), going: [])
        var outcomes: [ReapReport.Container] = []
        for round in RemovalRounds.rounds(removals) {
            looks.going = Set(round.map(\.id))
            outcomes += await round.inParallel(width: Reaper.width) { [setbacks, looks] entry in
                if let setback = setbacks.setback(of: .removal(of: entry.id), at: clock.now()) {
                    return ReapReport.Container(entry).failed(.setAside, setback.reason)
                }
                return await pass.remove(entry, looks)
            }
        }
        let now = clock.now()
        for outcome in outcomes where ReapFailure(of: outcome)?.isSetback == true {
            setbacks.note(.removal(of: outcome.id), reason: outcome.reason, at: now)
        }
        try Task.checkCancellation()
        let byID = Dictionary(outcomes.map { ($0.id, $0) }) { first, _ in first }
        report.containers = report.containers.map { byID[$0.id] ?? $0 }
        if confirmed { report.confirmation = nil }
        return report
    }
}
