extension ReapPolicy {
    /// What becomes of one container. `.keep(.notInspected)` means: ask the engine for its details.
    public func decision(for facts: ContainerFacts, now: EngineTime) -> ReapDecision {
        if let reason = protection(of: facts) { return .keep(reason) }
        let rule: ContainerAge.Rule
        switch facts.state {
        case .created: rule = .neverStarted
        case .exited: rule = .exited
        case .dead: rule = .dead
        case .running: rule = .running
        case .paused: rule = .paused
        case .restarting: rule = .restarting
        case .removing: return .keep(.beingRemoved)
        case .unknown(let name): return .keep(.unknownState(name))
        }
        guard let details = facts.details else { return decision(forListed: facts, rule, now: now) }
        switch details.restartPolicy {
        case .no: break
        case .some(let policy): return .keep(.restartPolicy(policy.engineName))
        case nil: return .keep(.unknownRestartPolicy)
        }
        switch details.hasLiveExec {
        case false: break
        case true: return .keep(.liveExec)
        case nil: return .keep(.unknownExec)
        }
        return decision(byAgeOf: facts, details, rule, now: now)
    }

    /// Nothing ends before it was created, so what is too young by its creation is too young. The list
    /// rounds `created` down, which can only make it seem older here.
    private func decision(
        forListed facts: ContainerFacts, _ rule: ContainerAge.Rule, now: EngineTime
    ) -> ReapDecision {
        guard let created = facts.created else { return .keep(.notInspected) }
        if let doubt = doubt(about: [created], now: now) { return .keep(doubt) }
        let age = ContainerAge(rule: .listed, age: now.since(created), limit: limit(for: rule))
        return .keep(age.isPastLimit ? .notInspected : .tooYoung(age))
    }

    private func decision(
        byAgeOf facts: ContainerFacts, _ details: ContainerFacts.Details, _ rule: ContainerAge.Rule,
        now: EngineTime
    ) -> ReapDecision {
        guard let created = facts.created else { return .keep(.missingTime) }
        let known = [created, details.startedAt, details.finishedAt].compactMap(\.self)
        if let doubt = doubt(about: known, now: now) { return .keep(doubt) }
        let start: EngineTime
        switch rule {
        case .running, .paused, .restarting, .listed:
            // What runs has been started; an engine that does not know when tells too little.
            guard let startedAt = details.startedAt else { return .keep(.missingTime) }
            // Somebody may have started an old one again a minute ago.
            start = max(created, startedAt)
        case .exited, .dead, .neverStarted:
            let wasNeverStarted = details.startedAt == nil && rule != .exited
            if details.finishedAt == nil && !wasNeverStarted { return .keep(.missingTime) }
            // The clock may have been set back during the run. It was there at the latest of its times.
            start = known.max() ?? created
        }
        let age = ContainerAge(rule: rule, age: now.since(start), limit: limit(for: rule))
        return age.isPastLimit ? .remove(.pastAge(age)) : .keep(.tooYoung(age))
    }

    /// A negative limit would make a container leaked before it exists.
    private func limit(for rule: ContainerAge.Rule) -> Duration {
        switch rule {
        case .exited, .dead, .neverStarted: max(olderThan, .zero)
        case .running, .paused, .restarting, .listed: max(runningOlderThan, .zero)
        }
    }

    /// Why the times of a container say nothing about its age.
    private func doubt(about times: [EngineTime], now: EngineTime) -> KeepReason? {
        if times.contains(where: { $0 > now }) { return .futureTime }
        if times.contains(where: { $0.seconds < Self.firstEngine }) { return .implausibleTime }
        return nil
    }

    /// The start of 2013, the year of Docker's first release. A small machine without a battery starts in
    /// 1970, and what it runs by then would be half a century old as soon as it learns the time.
    private static let firstEngine: Int64 = 1_356_998_400
}
