import StokerCore

extension ImageReaper {
    struct Plan: Sendable {
        /// In the order in which they go.
        var images: [ReapReport.Image] = []
        /// The lists that nobody needs when the tags are gone.
        var goneKeys: [String] = []
    }

    /// How old a temporary tag must be of whose build nothing is known: longer than any build takes to publish what it
    /// has built, also on a machine that slept meanwhile.
    private static let buildAge = Duration.seconds(86_400)
    /// How many tags are asked of how old they are; the rest are for the next time.
    private static let questionLimit = 20

    /// What would go.
    func plan() async throws -> Plan {
        let listed = try await engine.images().filter { !$0.keptTags.isEmpty || !$0.scratchTags.isEmpty }
        // In the order of `dropSurplus`: a tag that the engine lists is in our lists already.
        let lists = try await BlockingWork.run { [kept] in kept.all() }
        let gone = try await BlockingWork.run { lists.filter { KeptLists.isGone($0.value) } }
        var plan = Plan(goneKeys: gone.keys.sorted())
        if listed.isEmpty { return plan }
        let used = try await usedImages()
        let free = listed.filter { !used.contains($0.id) }
        // What a container uses goes later, and its list still tells then whose it is.
        let usedKeys = Set(listed.filter { used.contains($0.id) }.flatMap { $0.keptTags.map(\.key) })
        plan.goneKeys.removeAll { usedKeys.contains($0) }
        try await planBuilds(free, into: &plan)
        let facts = listed.flatMap { image in
            image.keptTags.map {
                KeptRetention.Fact(tag: $0, imageID: image.id, created: image.created ?? .max)
            }
        }
        var removals: [(KeptTag, ImageRemoval)] = KeptRetention.orphans(facts, of: gone).map {
            ($0, .projectIsGone)
        }
        for (key, list) in lists where gone[key] == nil {
            guard let keep = list.keep else { continue }
            removals += KeptRetention.surplus(facts, key: key, list: list, keep: keep, latest: nil)
                .map { ($0, .superseded(keep: keep)) }
        }
        removals += try await oldTags(facts, besides: lists).map { ($0, .isOld(maxAge)) }
        let reasons = Dictionary(removals) { first, _ in first }
        for image in free {
            for tag in image.keptTags {
                guard let reason = reasons[tag] else { continue }
                plan.images.append(
                    ReapReport.Image(reference: tag.reference, imageID: image.id, removal: reason))
            }
        }
        // What goes anyhow is none of those that are too large.
        let going = Set(plan.images.compactMap { KeptTag($0.reference) })
        let staying = listed.filter { !going.isSuperset(of: $0.keptTags) }
        try await planSizes(staying, used: used, lists: lists, into: &plan)
        return plan
    }

    /// The images of all containers, whatever their state.
    private func usedImages() async throws -> Set<String> { try usedImages(try await engine.containers()) }

    func usedImages(_ containers: [ListedContainer]) throws -> Set<String> {
        Set(
            try containers.map { container in
                guard let id = container.imageID else {
                    throw StokerError(
                        .engineUnavailable, "the engine does not tell which image a container uses",
                        nextStep: "check that \(engine.endpoint) is a Docker engine")
                }
                return id.hasPrefix("sha256:") ? id : "sha256:" + id
            })
    }

    private func planBuilds(_ images: [ListedImage], into plan: inout Plan) async throws {
        var unknown: [(ScratchTag, imageID: String)] = []
        for image in images {
            for tag in image.scratchTags {
                switch scratchTags.fate(of: tag) {
                case .alive: continue
                case .unknown: unknown.append((tag, image.id))
                case .dead(let how):
                    plan.images.append(
                        ReapReport.Image(
                            reference: tag.reference, imageID: image.id, removal: .buildIsDead(how)))
                }
            }
        }
        guard !unknown.isEmpty, let now = try EngineTime.parse(try await engine.info().systemTime) else {
            return
        }
        for (tag, imageID) in unknown.prefix(ImageReaper.questionLimit) {
            let tagged = try lastTagTime(try await engine.image(tag.reference))
            if KeptRetention.isOld(tagged: tagged, now: now, maxAge: ImageReaper.buildAge) {
                plan.images.append(
                    ReapReport.Image(
                        reference: tag.reference, imageID: imageID, removal: .buildIsOld(ImageReaper.buildAge)
                    ))
            }
        }
    }

    /// Those of other caches: another user's, another machine's, or of a cache that was emptied.
    private func oldTags(
        _ facts: [KeptRetention.Fact], besides lists: [String: KeptList]
    ) async throws -> [KeptTag] {
        let others = facts.filter { lists[$0.tag.key] == nil }
        guard !others.isEmpty, let now = try EngineTime.parse(try await engine.info().systemTime) else {
            return []
        }
        var old: [KeptTag] = []
        let suspects = KeptRetention.suspects(others, besides: "", now: now, maxAge: maxAge)
        for suspect in suspects.prefix(ImageReaper.questionLimit) {
            let tagged = try lastTagTime(try await engine.image(suspect.tag.reference))
            if KeptRetention.isOld(tagged: tagged, now: now, maxAge: maxAge) { old.append(suspect.tag) }
        }
        return old
    }

    private func planSizes(
        _ listed: [ListedImage], used: Set<String>, lists: [String: KeptList], into plan: inout Plan
    ) async throws {
        func isHeld(_ image: ListedImage) -> Bool {
            used.contains(image.id) || image.hasOtherReference || !image.scratchTags.isEmpty
                || !image.keptTags.allSatisfy {
                    lists[$0.key]?.admits($0.name, imageID: image.id) == true
                }
        }
        let kept = listed.filter { !$0.keptTags.isEmpty }
        // Nobody is asked for more while even the sum of all that they share is within the limit.
        let most = kept.filter { !isHeld($0) }.reduce(0.0) { $0 + Double($1.size ?? 0) }
        if most <= Double(maxSize) { return }
        var images: [KeptSize.Image] = []
        for image in kept {
            let shown = try await engine.image(image.id)
            let layers = try await engine.layers(of: image.id, digests: shown?.rootFS?.layers ?? [])
            images.append(
                KeptSize.Image(
                    id: image.id, isHeld: isHeld(image),
                    // Where no engine says when it was last tagged, as after a build, when it was made.
                    lastUse: try lastTagTime(shown) ?? image.created.flatMap { EngineTime(unixSeconds: $0) },
                    layers: layers ?? ImageLayer.whole(imageID: image.id, bytes: image.size ?? 0)))
        }
        let tags = Dictionary(kept.map { ($0.id, $0.keptTags) }) { first, _ in first }
        for (id, bytes) in KeptSize.surplus(images, maxSize: maxSize) {
            // Whoever adds them up counts each image once.
            for (index, tag) in (tags[id] ?? []).enumerated() {
                plan.images.append(
                    ReapReport.Image(
                        reference: tag.reference, imageID: id, removal: .exceedsSize(maxSize: maxSize),
                        bytes: index == 0 ? bytes : nil))
            }
        }
    }

    /// When a tag was last put on it, as after a build or for going back to it.
    private func lastTagTime(_ image: EngineImage?) throws -> EngineTime? {
        try image?.metadata?.lastTagTime.flatMap { try EngineTime.parse($0) }
    }
}
