import StokerCore

/// What the legacy builder has left of dead builds, which has no name by which it could be known.
extension ImageReaper {
    /// How many images are asked what they were made of. A build is looked through once.
    private static let unheardLimit = 200

    /// The builds that are proved dead, and the engine's clock.
    struct Dead: Sendable {
        var builds: [DeadBuild]
        /// Seconds by which the engine's clock is ahead of ours.
        var lag: Int64

        func build(ofContainer id: String) -> DeadBuild? { builds.first { $0.hasContainer(id) } }
    }

    /// Nothing is asked of the engine where there is none.
    func dead() async throws -> Dead? {
        let host = engine.endpoint.host
        let builds = try await BlockingWork.run { [scratchTags] in scratchTags.deadBuilds(on: host) }
        if builds.isEmpty { return nil }
        let before = WallClock.nanoseconds() / 1_000_000_000
        return Dead(builds: builds, lag: try await engine.time().seconds - before)
    }

    // MARK: Containers

    /// Takes away the intermediate containers. The engine removes them itself when their client is gone; those stay that
    /// have lost their engine.
    func reapStepContainers(of dead: Dead, isDryRun: Bool) async throws -> [ReapReport.Container] {
        var outcomes: [ReapReport.Container] = []
        let listed = try await engine.containers()
        let named = listed.filter { dead.build(ofContainer: $0.id) != nil }
        if named.isEmpty { return [] }
        let images = try await steps(dead.builds, lag: dead.lag, used: try usedImages(listed))
        for container in named {
            guard let build = dead.build(ofContainer: container.id),
                try await isLeft(container.id, by: build, images, lag: dead.lag)
            else { continue }
            let planned = ReapReport.Container(
                id: container.id, name: ContainerFacts(container).name, of: build)
            try Task.checkCancellation()
            outcomes.append(isDryRun ? planned : await remove(planned, build, images, lag: dead.lag))
        }
        return outcomes
    }

    private func isLeft(
        _ id: String, by build: DeadBuild, _ images: [StepPolicy.Image], lag: Int64
    ) async throws -> Bool {
        guard let inspected = try await engine.container(id) else { return false }
        let facts = try ContainerFacts(inspected, liveExecs: nil)
        return StepPolicy.isLeft(facts, inspected.stepTraits, by: build, images: images, lag: lag)
    }

    private func remove(
        _ planned: ReapReport.Container, _ build: DeadBuild, _ images: [StepPolicy.Image], lag: Int64
    ) async -> ReapReport.Container {
        do {
            // Without force: the engine refuses one that somebody has started meanwhile.
            switch try await engine.removeContainer(planned.id, force: false) {
            case .removed: return planned.went(bySomebodyElse: false)
            case .gone, .inProgress: return planned.went(bySomebodyElse: true)
            case .refused(let why):
                var outcome = planned
                outcome.decision = try await isLeft(planned.id, by: build, images, lag: lag) ? .failed : .keep
                outcome.reason = "the engine refuses to remove it: \(why)"
                return outcome
            }
        } catch {
            return planned.failed(.unanswered, "\(error)")
        }
    }

    // MARK: Images

    /// Takes away the images of steps, each without force and by a tag of its build's, after `StepPolicy.cacheAge`. Not
    /// while a build goes on: it may have found them in the cache, and nothing else tells that it needs them.
    func reapSteps(of dead: Dead, isDryRun: Bool) async throws -> [ReapReport.Image] {
        let now = WallClock.nanoseconds()
        let due = dead.builds.filter { StepPolicy.isDue($0, now: now) }
        if due.isEmpty { return [] }
        if try await BlockingWork.run({ [scratchTags] in scratchTags.hasLiving }) { return [] }
        let containers = try await engine.containers()
        let plan = StepPolicy.plan(
            due: due, others: dead.builds.filter { !due.contains($0) },
            images: try await steps(due, lag: dead.lag, used: try usedImages(containers)), lag: dead.lag)
        var outcomes: [ReapReport.Image] = []
        var unsettled = Set(containers.compactMap { dead.build(ofContainer: $0.id)?.tag })
        for removal in plan.removals {
            try Task.checkCancellation()
            let planned = ReapReport.Image(
                reference: removal.id, imageID: removal.id, removal: .buildIsDead(removal.build.how))
            let outcome = isDryRun ? planned : await removeStep(planned, as: removal.build.tag.reference)
            if outcome.decision.isLeft { unsettled.insert(removal.build.tag) }
            outcomes.append(outcome)
        }
        if !isDryRun {
            for build in plan.settled where !unsettled.contains(build.tag) { scratchTags.forget(build) }
        }
        return outcomes
    }

    /// All images. Of those that nobody has heard of the container is asked that they were made of: a step may have been
    /// finished while nobody listened any more.
    private func steps(
        _ due: [DeadBuild], lag: Int64, used: Set<String>
    ) async throws -> [StepPolicy.Image] {
        var images = try await engine.images(withSteps: true).map { image in
            StepPolicy.Image(
                id: image.id, parentID: image.parentID ?? "", created: image.created ?? .min,
                isNamed: !image.isNameless, isUsed: used.contains(image.id))
        }
        // What a step may have named counts only if the engine does not tell of another container that it was made of.
        let heard = Set(images.map(\.id).filter { id in due.contains { $0.hasCertainImage(id) } })
        let unheard = images.filter { image in
            !image.isNamed && !image.isUsed && !heard.contains(image.id)
                && due.contains { StepPolicy.mayBeOf($0, created: image.created, lag: lag) }
        }
        // Those that would keep one of ours first.
        let asked =
            unheard.filter { heard.contains($0.parentID) } + unheard.filter { !heard.contains($0.parentID) }
        let askedIDs = Set(asked.prefix(ImageReaper.unheardLimit).map(\.id))
        for index in images.indices where askedIDs.contains(images[index].id) {
            let image = try await engine.image(images[index].id)
            // An image that a person has committed of the container has the container's host name.
            if let name = image?.config?.hostname, !name.isEmpty { images[index].isNamed = true }
            guard let image, image.config?.hostname == "" else { continue }
            images[index].container = image.container.flatMap { BuilderID($0.prefix(12)) }
        }
        return images
    }

    /// By its ID an image would go with whatever one tag a person has given it since the look. By a tag of our own, only
    /// if that is the last; and not with its parents, of which some may be a person's.
    private func removeStep(_ planned: ReapReport.Image, as tag: String) async -> ReapReport.Image {
        do {
            guard let now = try await engine.image(planned.imageID) else {
                return planned.ended(.gone, "somebody else removed it")
            }
            if let name = now.tags?.first(where: { $0 != "<none>:<none>" }) {
                return planned.ended(.keep, "it is \(name) now")
            }
            guard try await engine.tagIfThere(planned.imageID, as: tag) else {
                return planned.ended(.gone, "somebody else removed it")
            }
            switch try await engine.removeReference(tag, alone: true) {
            case .removed, .gone:
                if try await engine.image(planned.imageID) == nil {
                    return planned.ended(.removed, planned.reason)
                }
                return planned.ended(.keep, "it has another name now")
            case .inUse(let why):
                try? await engine.untag(tag)
                return planned.ended(.keep, "it is in use: \(why)")
            case .refused(let why):
                return planned.ended(.failed, "the engine refuses to remove it: \(why)")
            }
        } catch {
            return planned.ended(.failed, "\(error)")
        }
    }
}
