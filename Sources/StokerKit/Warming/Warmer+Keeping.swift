import Logging
import StokerCore
import SystemPackage

extension Warmer {
    /// What an image that has just been built is kept under; `nil` where it is not.
    ///
    /// A record whose base image was retagged during the build does not hold, since the IDs differ, until somebody
    /// tags it back. A kept tag would wait for that.
    func keptName(
        _ request: WarmRequest, _ copy: SnapshotCopy, digest: ContentDigest, bases: [BaseImage]
    ) async throws -> KeptName? {
        guard HitCheck.mayKeep(request.image) else { return nil }
        let now = try await ResolvedPlan(image: copy.image(request.image), ownFiles: [], engine: engine)
        guard now.bases == bases else { return nil }
        return HitCheck.keptName(request.image, plan: now.plan, digest: digest, bases: bases)
    }

    /// The same; that it cannot be found out is no reason to do without the image.
    func keptNameIfKnown(
        _ request: WarmRequest, _ copy: SnapshotCopy, digest: ContentDigest, bases: [BaseImage]
    ) async throws -> KeptName? {
        do {
            return try await keptName(request, copy, digest: digest, bases: bases)
        } catch let error as CancellationError {
            throw error
        } catch {
            logger.warning("cannot keep the image of \(request.image.tag): \(error)")
            return nil
        }
    }

    /// Puts this image's kept tag on an image of which `name` is true, and remembers it as the last used.
    ///
    /// First the list, then the tag: whoever finds the tag then knows how new it is. That it cannot be kept is no
    /// reason to do without the image.
    ///
    /// - Parameter count: how many the project keeps.
    func keep(_ imageID: String, as name: KeptName, amongLast count: Int) async throws {
        let tag = KeptTag(name: name, key: key)
        noteUse(of: tag, imageID: imageID, amongLast: count)
        do {
            try await engine.tag(imageID, as: tag.reference)
        } catch let error as CancellationError {
            throw error
        } catch {
            logger.warning("cannot keep the image \(imageID): \(error)")
        }
    }

    func noteUse(of tag: KeptTag, imageID: String, amongLast count: Int) {
        do {
            try kept.note(tag, imageID: imageID, project: project, keep: count)
        } catch {
            logger.debug("cannot note the use of \(tag.reference): \(error)")
        }
    }

    /// Takes away the kept tags that are too many, those of projects that are gone, and old ones of others. Needs no
    /// lock: what goes by mistake is built again.
    ///
    /// - Parameter latest: the one in use now.
    func dropSurplus(_ image: ImageSettings, latest: KeptName?) async {
        do {
            // In this order: a tag that is listed by the engine is in our list already.
            let facts = try await keptTags()
            let list = kept.list(ofKey: key) ?? KeptList(project: nil, machine: "")
            var tags = KeptRetention.surplus(
                facts, key: key, list: list, keep: image.keep, latest: latest)
            // It looks at every project's folder, which may be far away.
            let gone = try await BlockingWork.run { [kept] in kept.gone() }.filter { $0.key != key }
            tags += KeptRetention.orphans(facts, of: gone)
            tags += try await oldTags(facts)
            for tag in tags { await drop(tag) }
            for key in gone.keys { kept.forget(key: key) }
        } catch {
            if !(error is CancellationError) { logger.warning("cannot drop kept images: \(error)") }
        }
    }

    private func keptTags() async throws -> [KeptRetention.Fact] {
        try await engine.images(matching: KeptTag.repository).flatMap { image in
            image.keptTags.map { tag in
                KeptRetention.Fact(tag: tag, imageID: image.id, created: image.created ?? .max)
            }
        }
    }

    /// How many old tags of others are looked at each time; the rest are for the next.
    private static let suspectLimit = 20

    /// The tags of other keys, of which nothing may be known here, on images that were last tagged long ago.
    private func oldTags(_ facts: [KeptRetention.Fact]) async throws -> [KeptTag] {
        let maxAge = snapshots.limits.maxAge
        // By our own clock first, since the engine takes its time to tell the one that counts.
        guard let here = EngineTime(unixSeconds: WallClock.nanoseconds() / 1_000_000_000),
            !KeptRetention.suspects(facts, besides: key, now: here, maxAge: maxAge).isEmpty,
            let now = try EngineTime.parse(try await engine.info().systemTime)
        else { return [] }
        let suspects = KeptRetention.suspects(facts, besides: key, now: now, maxAge: maxAge)
        var old: [KeptTag] = []
        for suspect in suspects.prefix(Warmer.suspectLimit) {
            let image = try await engine.image(suspect.tag.reference)
            let tagged = try image?.metadata?.lastTagTime.flatMap { try EngineTime.parse($0) }
            if KeptRetention.isOld(tagged: tagged, now: now, maxAge: maxAge) { old.append(suspect.tag) }
        }
        return old
    }

    /// What a container uses stays until the next time.
    private func drop(_ tag: KeptTag) async {
        do {
            try await engine.untag(tag.reference)
        } catch {
            logger.debug("cannot remove the tag \(tag.reference): \(error)")
        }
    }
}
