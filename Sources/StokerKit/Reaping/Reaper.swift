public import Logging
public import StokerCore

/// Removes leaked containers: looks, plans, looks again, removes.
public struct Reaper: Sendable {
    let engine: EngineClient
    let policy: ReapPolicy
    let logger: Logger

    /// How many containers are looked at or removed at once. The engine removes no faster with more.
    static let width = 8

    public init(engine: EngineClient, policy: ReapPolicy, logger: Logger) {
        self.engine = engine
        self.policy = policy
        self.logger = logger
    }

    /// What would go and what would stay, and why. Removes nothing.
    public func plan() async throws -> ReapPlan {
        // The clock first, so that no age is overestimated.
        let now = try await engineTime()
        let listed = try await engine.containers().map { ContainerFacts($0) }
        let candidates = Set(policy.candidates(in: listed, now: now).map(\.id))
        let looks = await inParallel(listed) { facts in
            candidates.contains(facts.id) ? await look(facts.id) : .seen(facts)
        }
        var containers: [ContainerFacts] = []
        var isIncomplete = false
        for (facts, look) in zip(listed, looks) {
            switch look {
            case .seen(let inspected): containers.append(inspected)
            case .gone: break
            case .unreadable(let why):
                logger.warning("cannot look at the container \(facts.name ?? facts.id): \(why)")
                containers.append(facts)
                isIncomplete = true
            }
        }
        return policy.plan(containers: containers, now: now, isIncomplete: isIncomplete)
    }

    /// Carries out a plan, container by container, each after a second look.
    ///
    /// - Parameter confirmed: whether a person has said yes to a plan that `needsConfirmation`; without it
    ///   such a plan is only reported.
    public func carryOut(_ plan: ReapPlan, confirmed: Bool) async throws -> ReapReport {
        var report = ReapReport(plan)
        if plan.needsConfirmation && !confirmed { return report }
        let outcomes = await inParallel(plan.removals) { await remove($0) }
        try Task.checkCancellation()
        let byID = Dictionary(outcomes.map { ($0.id, $0) }) { first, _ in first }
        report.containers = report.containers.map { byID[$0.id] ?? $0 }
        report.confirmation = nil
        return report
    }

    private func engineTime() async throws -> EngineTime {
        let text = try await engine.info().systemTime
        guard let time = try EngineTime.parse(text) else {
            throw StokerError(
                .engineUnavailable, "the engine's clock reads `\(text)`",
                nextStep: "set the clock of its machine")
        }
        return time
    }

    // MARK: One container

    private enum Look: Sendable {
        case seen(ContainerFacts)
        case gone
        case unreadable(String)
    }

    private func look(_ id: String) async -> Look {
        do {
            guard let inspected = try await engine.container(id) else { return .gone }
            // No answer about the execs means that one may live, and the policy keeps such a container.
            let hasLiveExec = try? await engine.anyExecRuns(inspected.execIDs ?? [])
            return .seen(try ContainerFacts(inspected, hasLiveExec: hasLiveExec))
        } catch {
            return .unreadable("\(error)")
        }
    }

    private func remove(_ entry: ReapPlan.Entry) async -> ReapReport.Container {
        var outcome = ReapReport.Container(entry)
        func end(_ decision: ReapReport.Decision, _ reason: String? = nil) -> ReapReport.Container {
            outcome.decision = decision
            if let reason { outcome.reason = reason }
            return outcome
        }
        if Task.isCancelled { return end(.failed, "interrupted before its turn came") }
        switch await look(entry.id) {
        case .gone: return end(.gone, "somebody else removed it")
        case .unreadable(let why): return end(.failed, why)
        case .seen(let facts):
            do {
                let decision = policy.secondLook(planned: entry, now: facts, at: try await engineTime())
                guard decision.isRemoval else {
                    outcome.note(decision)
                    return outcome
                }
                switch try await engine.removeContainer(entry.id) {
                case .removed: return end(.removed)
                case .gone: return end(.gone, "somebody else removed it")
                case .inProgress:
                    let isGone = await waitForEnd(entry.id)
                    return end(
                        isGone ? .gone : .failed,
                        isGone ? "somebody else removed it" : "somebody else is removing it, without an end")
                case .refused(let why): return end(.failed, "the engine refuses: \(why)")
                }
            } catch {
                return end(.failed, "\(error)")
            }
        }
    }

    /// Waits for a removal by somebody else, which the engine has no event for that could not be missed.
    private func waitForEnd(_ id: String) async -> Bool {
        for _ in 0..<50 {
            if case .gone = await look(id) { return true }
            guard (try? await Task.sleep(for: .milliseconds(200))) != nil else { return false }
        }
        return false
    }

    /// The results in the order of `items`, a few at a time.
    private func inParallel<Item: Sendable, Outcome: Sendable>(
        _ items: [Item], _ work: @Sendable @escaping (Item) async -> Outcome
    ) async -> [Outcome] {
        await withTaskGroup(of: (Int, Outcome).self) { group in
            var results = [Outcome?](repeating: nil, count: items.count)
            var next = 0
            func addNext() {
                guard next < items.count else { return }
                let (index, item) = (next, items[next])
                next += 1
                group.addTask { (index, await work(item)) }
            }
            for _ in 0..<Reaper.width { addNext() }
            for await (index, outcome) in group {
                results[index] = outcome
                addNext()
            }
            // Each index was given to one task, and the group has been drained.
            return results.map { $0! }
        }
    }
}
