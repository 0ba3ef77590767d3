import StokerCore

/// What one pass over the engine's containers does with each of them.
struct ReapPass: Sendable {
    let engine: EngineBreaker
    let policy: ReapPolicy
    let leases: LeaseBook
    let clock: BootClock

    init(_ engine: any EngineRequests, policy: ReapPolicy, leases: LeaseBook, clock: BootClock) {
        self.engine = EngineBreaker(engine)
        self.policy = policy
        self.leases = leases
        self.clock = clock
    }

    enum Look: Sendable {
        /// With the engine's clock, in whole seconds, from the head of the answer.
        case seen(ContainerFacts, date: EngineTime?)
        case gone
        case unreadable(String)
    }

    func look(_ id: String) async -> Look {
        let look = await lookOnce(id)
        // A container that is shown again no longer lists an exec that has ended and been forgotten meanwhile.
        if case .seen(let facts, _) = look, facts.details?.hasLiveExec == nil { return await lookOnce(id) }
        return look
    }

    private func lookOnce(_ id: String) async -> Look {
        do {
            guard let inspected = try await engine.container(id) else { return .gone }
            guard inspected.id == id else {
                return .unreadable("the engine shows another one, \(inspected.id)")
            }
            // No answer about the execs means that one may live, and the policy keeps such a container.
            let liveExecs = (try? await engine.liveExecs(inspected.execIDs ?? [])) ?? nil
            return .seen(try ContainerFacts(inspected, liveExecs: liveExecs), date: inspected.date)
        } catch {
            return .unreadable("\(error)")
        }
    }

    /// What the second looks of a pass have in common.
    struct SecondLooks: Sendable {
        var engineClock: EngineClock
        var engine: LeaseEvidence.Engine
        var uses: ContainerUses
        /// All that are being removed at the same time.
        var going: Set<String>
    }

    /// Removes the container if it still is what the plan saw, and nothing has begun to use it.
    func remove(_ entry: ReapPlan.Entry, _ looks: SecondLooks) async -> ReapReport.Container {
        var outcome = ReapReport.Container(entry)
        if Task.isCancelled { return outcome.failed(.interrupted, "interrupted before its turn came") }
        if let silence = engine.silence { return outcome.failed(.engineSilent, "not tried: \(silence)") }
        do {
            if let user = try await looks.uses.user(
                ofContainer: entry.id, entry.name, going: looks.going)
            {
                outcome.note(.keep(.usedBy(user)))
                return outcome
            }
        } catch {
            return outcome.failed(.unreadable, "\(error)")
        }
        let moment = clock.now()
        switch await look(entry.id) {
        case .gone: return outcome.went(bySomebodyElse: true)
        case .unreadable(let why):
            // Podman fails to show one that is about to be gone.
            if case .gone = await end(of: entry.id) { return outcome.went(bySomebodyElse: true) }
            return outcome.failed(.unreadable, why)
        case .seen(let facts, let date):
            do {
                var now = looks.engineClock.time(at: moment, confirmedBy: date)
                if now == nil { now = try await engine.time() }
                guard let now else { return outcome.failed(.unreadable, "the engine does not tell the time") }
                // That nothing else has its mark the first look has seen.
                let evidence = LeaseEvidence(book: leases, engine: looks.engine, all: nil)
                let decision = policy.secondLook(
                    planned: entry, now: facts, at: ReapPolicy.Now(engine: now), fates: evidence.fate)
                guard decision.isRemoval else {
                    outcome.note(decision)
                    return outcome
                }
            } catch {
                return outcome.failed(.unreadable, "\(error)")
            }
            return await remove(outcome)
        }
    }

    private func remove(_ container: ReapReport.Container) async -> ReapReport.Container {
        do {
            switch try await engine.removeContainer(container.id) {
            case .removed: return container.went(bySomebodyElse: false)
            case .gone: return container.went(bySomebodyElse: true)
            case .inProgress:
                return await waitForEnd(
                    of: container.went(bySomebodyElse: true),
                    else: container.failed(.endless, "somebody else is removing it, without an end"))
            case .refused(let why):
                return await lookAfter(container, .refused, "the engine refuses to remove it: \(why)")
            }
        } catch {
            return await lookAfter(container, .unanswered, "\(error)")
        }
    }

    /// After an attempt that failed, or whose end is not known: the container may be gone all the same, or be
    /// about to go.
    private func lookAfter(
        _ container: ReapReport.Container, _ failure: ReapFailure, _ why: String
    ) async -> ReapReport.Container {
        switch await end(of: container.id) {
        case .gone: container.went(bySomebodyElse: false)
        case .underWay:
            await waitForEnd(
                of: container.went(bySomebodyElse: false),
                else: container.failed(.endless, "its removal comes to no end: \(why)"))
        case .standing, .unknown: container.failed(failure, why)
        }
    }

    private enum End {
        case gone, underWay, standing, unknown
    }

    private func end(of id: String) async -> End {
        do {
            guard let container = try await engine.container(id) else { return .gone }
            switch ContainerState(engineName: container.state.status) {
            // Podman stops a container first, for ten seconds by default.
            case .removing, .unknown("stopping"): return .underWay
            default: return .standing
            }
        } catch {
            return .unknown
        }
    }

    /// How long a removal under way is waited for, which the engine has no event for that could not be missed.
    private static let endPatience = Duration.seconds(30)

    /// Asks ever less often until the container is gone. Until it has been killed it still shows `running`.
    private func waitForEnd(
        of gone: ReapReport.Container, else failed: ReapReport.Container
    ) async -> ReapReport.Container {
        let deadline = clock.now() + ReapPass.endPatience
        var delay = Duration.milliseconds(50)
        while clock.now() < deadline, engine.silence == nil {
            guard (try? await clock.sleep(delay)) != nil else { break }
            if case .gone = await end(of: gone.id) { return gone }
            delay = min(delay * 2, .seconds(1))
        }
        return failed
    }
}
