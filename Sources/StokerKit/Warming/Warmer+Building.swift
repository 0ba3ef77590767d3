import Foundation
import Logging
import StokerCore

extension Warmer {
    /// The repository of the temporary tags under which images are built. A tag and not an ID alone, since
    /// an untagged image can be pruned away before it gets its final tag.
    static let scratchRepository = "stoker-build"

    enum Ending: Sendable {
        /// The inputs had changed back: the image was there after all.
        case found(Finding)
        case built(Finding, reason: String)
    }

    /// The lock file was removed while we held it, so that somebody else may hold another one.
    struct LockLost: Error {}

    /// Copies the inputs, builds from the copy, publishes. The caller holds the lock.
    func build(
        _ request: WarmRequest, lock: BuildLock, after look: Look, observer: @escaping WarmObserver
    ) async throws -> Ending {
        let client = try await BuilderClient.detect(client)
        // A missing Dockerfile is told also where there is no engine; and the engine is asked before the copy,
        // which may take its time and would be in vain without it.
        _ = try InputPlan(image: request.image, ownFiles: request.ownFiles)
        let tag = try await freshScratchTag()
        let copy = try await memory.copy(request, into: snapshots, key: key)
        let digest = copy.inputs.digest
        let warnings = warnings(copy.inputs, look.record, request)
        var reason = look.reason ?? "the inputs have changed"
        if case .success(let proof) = Warmer.proof(in: look.record, of: request.image) {
            if proof.digest == digest.description {
                if try await objection(to: proof, tag: request.image.tag) == nil {
                    return .found(Finding(imageID: proof.imageID, digest: digest, warnings: warnings))
                }
            } else if copy.previousDigest?.description == proof.digest {
                reason = copy.change ?? "the settings have changed"
            }
        }
        if let refused = request.refused, refused == digest { throw KnownRefusal() }
        observer(.building(image: request.image.tag, reason: reason))
        let started = SuspendingClock.now
        do {
            try await ImageBuilder(client: client, endpoint: engine.endpoint).build(
                copy.request(request, tag: tag), heldOpen: copy.snapshotLock
            ) { observer(.line($0)) }
        } catch let error as StokerError where error.code == .buildFailed {
            throw BuildRefusal(
                digest: digest, error: error, seconds: (SuspendingClock.now - started) / .seconds(1),
                reason: reason)
        }
        let seconds = (SuspendingClock.now - started) / .seconds(1)
        let published: Result<String, any Error>
        do {
            published = .success(
                try await publish(
                    scratchTag: tag, request: request, lock: lock, digest: digest, seconds: seconds,
                    reason: reason))
        } catch {
            published = .failure(error)
        }
        // Also when we have been told to end.
        await Task { await drop(tag) }.value
        let imageID = try published.get()
        return .built(Finding(imageID: imageID, digest: digest, warnings: warnings), reason: reason)
    }

    /// Tag, then record: after a kill between the two the IDs differ, and the next look builds again.
    private func publish(
        scratchTag: String, request: WarmRequest, lock: BuildLock, digest: ContentDigest, seconds: Double,
        reason: String
    ) async throws -> String {
        // Before anything is asked about the image: whoever holds another lock may have dropped our tag.
        guard lock.isStillOurs else { throw LockLost() }
        guard let image = try await engine.image(scratchTag) else {
            throw StokerError(
                .buildFailed, "the build of \(request.image.tag) left no image on \(engine.endpoint)",
                nextStep:
                    "check which builder the client uses (`docker buildx ls`) and that nothing prunes images")
        }
        let engineID = try await engine.info().id
        guard lock.isStillOurs else { throw LockLost() }
        try await engine.tag(image.id, as: request.image.tag)
        let proof = CacheRecord.Proof(
            digest: digest.description, imageID: image.id, engineID: engineID, seconds: seconds,
            reason: reason)
        try CacheRecordFile(request.image.record).write(
            CacheRecord(imageName: request.image.tag, builtAt: Date().timeIntervalSince1970, proof: proof))
        return image.id
    }

    /// Takes a temporary tag away. What resists, since a container uses it, is left to the next build.
    private func drop(_ scratchTag: String) async {
        do {
            try await engine.untag(scratchTag)
        } catch {
            logger.warning("cannot remove the tag \(scratchTag): \(error)")
        }
    }

    /// Also removes the tags that killed builds of this image have left: whoever holds the image's lock is
    /// the only one who builds it.
    private func freshScratchTag() async throws -> String {
        for tag in try await engine.tags(ofRepository: Warmer.scratchRepository)
        where tag.hasPrefix("\(Warmer.scratchRepository):\(key)-") {
            await drop(tag)
        }
        let random = String(UInt64.random(in: .min ... .max), radix: 16)
        return "\(Warmer.scratchRepository):\(key)-\(random)"
    }
}
