extension ReapPolicy {
    /// What becomes of one container. `.keep(.notInspected)` means: ask the engine for its details.
    public func decision(for facts: ContainerFacts, now: Now, fates: Fates) -> ReapDecision {
        if let reason = protection(of: facts) { return .keep(reason) }
        var copied: String?
        switch facts.labelled.map(fates) {
        case .alive?: return .keep(.livingLease)
        case .foreign(let user)?: return .keep(.foreignLease(user))
        case .dead(let how)?:
            if isExempt(ofLease: facts) { return .keep(.exempt) }
            guard let details = facts.details else { return .keep(unlistedReason(facts) ?? .notInspected) }
            return decision(ofDeadOwner: how, facts, details)
        case .notOwned(let why)?: copied = why
        case .unknown?, nil: break
        }
        let claims = rules.filter { $0.claims(facts) }
        if let reason = exemption(of: facts, by: claims) { return .keep(reason) }
        if let reason = mismatch(of: facts) { return .keep(copied.map(KeepReason.notOwned) ?? reason) }
        // One of them has the name that matches.
        return decision(byNameOf: facts, ReapLimits.longest(claims.map(\.limits)) ?? .standard, now: now)
    }

    /// Of one that no proof about an owner decides.
    private func decision(
        byNameOf facts: ContainerFacts, _ limits: ReapLimits, now: Now
    ) -> ReapDecision {
        let rule: ContainerAge.Rule
        switch facts.state {
        case .created: rule = .neverStarted
        case .exited: rule = .exited
        case .dead: rule = .dead
        case .running: rule = .running
        case .paused: rule = .paused
        case .restarting: rule = .restarting
        case .removing, .unknown: return .keep(unlistedReason(facts) ?? .notInspected)
        }
        guard let details = facts.details else { return decision(forListed: facts, rule, limits, now: now) }
        if let reason = restartReason(details) { return .keep(reason) }
        switch details.hasLiveExec {
        case false: break
        case true: return .keep(.liveExec)
        case nil: return .keep(.unknownExec)
        }
        return decision(byAgeOf: facts, details, rule, limits, now: now)
    }

    /// Its commands ran for an owner who is dead, unless they have a terminal; then a person looks for what went wrong.
    private func decision(
        ofDeadOwner how: String, _ facts: ContainerFacts, _ details: ContainerFacts.Details
    ) -> ReapDecision {
        if let reason = unlistedReason(facts) ?? restartReason(details) { return .keep(reason) }
        switch (details.hasLiveExec, details.hasLiveTerminal) {
        case (false, _), (_, false): return .remove(.deadLease(how))
        case (_, true): return .keep(.liveTerminal)
        case (_, nil): return .keep(.unknownExec)
        }
    }

    /// Why a state alone keeps a container.
    private func unlistedReason(_ facts: ContainerFacts) -> KeepReason? {
        switch facts.state {
        case .removing: .beingRemoved
        case .unknown(let name): .unknownState(name)
        case .created, .running, .paused, .restarting, .exited, .dead: nil
        }
    }

    private func restartReason(_ details: ContainerFacts.Details) -> KeepReason? {
        switch details.restartPolicy {
        case .no: nil
        case .some(let policy): .restartPolicy(policy.engineName)
        case nil: .unknownRestartPolicy
        }
    }

    /// Nothing ends before it was created, so what is too young by its creation is too young. The list
    /// rounds `created` down, which can only make it seem older here.
    private func decision(
        forListed facts: ContainerFacts, _ rule: ContainerAge.Rule, _ limits: ReapLimits, now: Now
    ) -> ReapDecision {
        guard let created = facts.created else { return .keep(.notInspected) }
        if let doubt = doubt(about: [created], now: now.engine) { return .keep(doubt) }
        let age = awake(facts, now.engine.since(created), now: now)
        let known = ContainerAge(rule: .listed, age: age, limit: limits.limit(for: rule))
        return .keep(known.isPastLimit ? .notInspected : .tooYoung(known))
    }

    private func decision(
        byAgeOf facts: ContainerFacts, _ details: ContainerFacts.Details, _ rule: ContainerAge.Rule,
        _ limits: ReapLimits, now: Now
    ) -> ReapDecision {
        guard let created = facts.created else { return .keep(.missingTime) }
        let known = [created, details.startedAt, details.finishedAt].compactMap(\.self)
        if let doubt = doubt(about: known, now: now.engine) { return .keep(doubt) }
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
        let age = ContainerAge(
            rule: rule, age: awake(facts, now.engine.since(start), now: now), limit: limits.limit(for: rule))
        return age.isPastLimit ? .remove(.pastAge(age)) : .keep(.tooYoung(age))
    }

    /// Of what was leased in this boot no more than the time that the machine was awake since: tests go on where they
    /// were when a lid is opened again.
    private func awake(_ facts: ContainerFacts, _ age: Duration, now: Now) -> Duration {
        guard let created = facts.lease?.created, let awake = now.awake.since(created) else { return age }
        return min(age, awake)
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

extension ReapLimits {
    /// A negative limit would make a container leaked before it exists.
    fileprivate func limit(for rule: ContainerAge.Rule) -> Duration {
        switch rule {
        case .exited, .dead, .neverStarted: max(olderThan, .zero)
        case .running, .paused, .restarting, .listed: max(runningOlderThan, .zero)
        }
    }
}
