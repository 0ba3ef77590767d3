import Foundation
import Logging
import StokerCore

extension Warmer {
    enum Ending: Sendable {
        /// The inputs had changed back: the image was there after all.
        case found(Finding)
        /// An image of these inputs was kept; it may be that another project alone has kept it so far.
        case restored(Finding, name: KeptName, isNewHere: Bool)
        case built(Finding, name: KeptName?, reason: String)
    }

    /// An image that has its tag.
    private struct Published {
        var imageID: String
        var proof: CacheRecord.Proof
        /// Why its record is not on disk; `nil` if it is.
        var unwritten: StokerError?
        /// Of the image that has had its tag.
        var warnings: [String]
    }

    /// The lock file was removed while we held it, so that somebody else may hold another one.
    struct LockLost: Error {}

    /// Copies the inputs, builds from the copy, publishes. The caller holds the lock.
    ///
    /// - Parameters:
    ///   - identity: of the engine.
    ///   - looked: what no image is kept under, as has just been seen.
    func build(
        _ request: WarmRequest, lock: any HeldLock, identity: Task<String, any Error>, after look: Look,
        looked: KeptName?, observer: @escaping WarmObserver
    ) async throws -> Ending {
        // The engine is asked before the copy, which may take its time and would be in vain without it.
        // A tag and not an ID alone, since an untagged image can be pruned away before it gets its final tag.
        let scratchTag = try await freshScratchTag()
        let hold = holdScratchTag(scratchTag)
        var isPublished = false
        defer { hold?.end(isPublished: isPublished) }
        let tag = scratchTag.reference
        let hashBefore = try await readBuildHash(request.image)
        // It ends by itself where nobody needs it any more.
        let detection = Task { [client, engine] in
            try await BuilderClient.detect(client).fitting(hasBuildKit: engine.hasBuildKit())
        }
        defer { detection.cancel() }
        var (copy, bases) = try await copy(request, for: detection)
        // A client that failed may have left a plugin behind that still reads the snapshot, and keeps its lock.
        let snapshotLock = copy.snapshotLock
        var isReadByNobody = true
        defer { if isReadByNobody { snapshotLock.unlock() } }
        var digest = copy.inputs.digest
        var warnings = warnings(ChurnWarning(copy.inputs.entries).ignoreLines, look.record, request)
        var reason = look.reason ?? HitCheck.inputsChanged
        let previous = try? HitCheck.proof(in: look.record, of: request.image).get()
        if HitCheck.doubt(about: copy.plan) == nil, let proof = previous {
            if HitCheck.objection(to: proof, inputs: digest) == nil {
                if try await objection(to: proof, tag: request.image.tag, bases: bases) == nil {
                    return .found(Finding(imageID: proof.imageID, digest: digest, warnings: warnings))
                }
            } else if let change = BaseImage.change(from: proof.bases, to: bases) {
                reason = change
            } else if copy.previousDigest?.description == proof.digest {
                reason = copy.change ?? "the settings have changed"
            }
        }
        if let name = HitCheck.keptName(request.image, plan: copy.plan, digest: digest, bases: bases),
            name != looked
        {
            let candidate = Candidate(name: name, digest: digest, bases: bases, warnings: warnings)
            if let restored = try await restore(candidate, request, lock: lock, identity: identity) {
                return restored
            }
        }
        if let refused = request.refused, refused == digest { throw KnownRefusal() }
        let buildHash = try await buildHash(request.image, since: hashBefore, of: copy.inputs)
        let client = try await detection.childValue
        try await checkCaches(request.image, client.kind)
        try await BlockingWork.run { [plan = copy.plan] in try plan.checkOutputs() }
        observer(.building(image: request.image.tag, reason: reason, digest: digest.description))
        // Beside the build, and only there: a hit has no time for it.
        let tracking = Task { [project] in
            try? await BlockingWork.run { TrackedLock.warning(request.image, project: project) }
        }
        defer { tracking.cancel() }
        let started = SuspendingClock.now
        isReadByNobody = false
        do {
            try await ImageBuilder(client: client, endpoint: engine.endpoint).build(
                copy.request(request, tag: tag), heldOpen: snapshotLock,
                onLine: noting(in: hold, of: client, observer))
            isReadByNobody = true
        } catch let error as StokerError where error.code == .buildFailed {
            throw BuildRefusal(
                digest: digest, error: error, seconds: (SuspendingClock.now - started) / .seconds(1),
                reason: reason)
        }
        let seconds = (SuspendingClock.now - started) / .seconds(1)
        var hasPulled = false
        if [.legacy, .engineOwn, .podman].contains(client.kind), bases.contains(where: { $0.imageID == nil })
        {
            (digest, bases) = try await afterPull(request, copy, before: bases)
            // Which image a pull has brought is known from after the build alone.
            hasPulled = true
        }
        var name: KeptName?
        let published: Result<Published, any Error>
        // Beside the engine's work.
        let changes = Task { try await changedMeanwhile(copy) }
        do {
            let engineID = try await identity.childValue
            if !hasPulled { name = try await keptNameIfKnown(request, copy, digest: digest, bases: bases) }
            published = .success(
                try await publish(
                    scratchTag: tag, name: name, request: request, lock: lock, buildHash: buildHash
                ) { imageID in
                    var proof = CacheRecord.Proof(
                        digest: digest.description, imageID: imageID, engineID: engineID, bases: bases,
                        seconds: seconds, reason: reason)
                    proof.note(recent: previous?.recentSeconds, isBuild: true)
                    // Only good manners depend on it: an image is not thrown away because the tree is torn down now.
                    proof.note(changedMeanwhile: (try? await changes.childValue) ?? [])
                    return proof
                })
        } catch {
            published = .failure(error)
        }
        // Also when we have been told to end.
        let isEnding = Task.isCancelled
        await Task { await drop(tag, isEnding: isEnding) }.value
        let image = try published.get()
        isPublished = true
        copy.noteBuilt(by: client.kind)
        if let tracked = await tracking.value ?? nil { warnings.append(tracked) }
        warnings += tagWarnings(request.image) + image.warnings
        let finding = Finding(imageID: image.imageID, digest: digest, warnings: warnings)
        return .built(finding.recorded(image.unwritten), name: name, reason: reason)
    }

    /// Refuses references whose layers the builder would take from a registry that the person has not named: podman, by
    /// its service too, always does, the others where the engine does not have the image.
    private func checkCaches(_ image: ImageSettings, _ kind: BuilderClient.Kind) async throws {
        for (reference, refusal) in image.localCaches.sorted(by: { $0.key < $1.key }) {
            var refusal = refusal
            if kind == .podman || kind == .engineOwn {
                refusal.cause = "this builder looks for it in a registry"
            } else if try await engine.baseImage(reference) == nil {
                refusal.cause = "the engine has no image of that name"
            } else {
                continue
            }
            throw refusal
        }
    }

    /// Copies the inputs into the snapshot.
    ///
    /// - Parameter detection: Is waited for only where it makes a difference which client it is.
    /// - Returns: The copy, and the base images as they were right before it: if one is another image
    ///   afterwards, the record does not hold.
    private func copy(
        _ request: WarmRequest, for detection: Task<BuilderClient, any Error>
    ) async throws -> (SnapshotCopy, [BaseImage]) {
        for _ in 0..<Warmer.attempts {
            request.willRead()
            let resolved = try await resolve(request)
            var stages = StageSelection.reached
            if try resolved.plan.scopes(for: .upToTarget) != resolved.plan.scopes(for: .reached) {
                // The others skip stages that the wanted one does not need.
                let kind = try await detection.childValue.kind
                stages = kind == .legacy || kind == .engineOwn ? .upToTarget : .reached
            }
            let copy = try await memory.copy(
                request, bases: resolved.known, stages: stages, into: snapshots, key: key,
                project: project)
            // Or the Dockerfile was edited between the two, and needs other images and other files.
            if copy.plan.dockerfile == resolved.plan.dockerfile { return (copy, resolved.bases) }
            copy.snapshotLock.unlock()
        }
        throw StokerError(
            .badInput, "\(request.image.dockerfile) is another one each time it is read",
            nextStep: "wait until whatever writes it has ended")
    }

    /// The digest and the base images after a build that has pulled: what was unknown of them is known now,
    /// and the next look will know it.
    private func afterPull(
        _ request: WarmRequest, _ copy: SnapshotCopy, before: [BaseImage]
    ) async throws -> (ContentDigest, [BaseImage]) {
        let image = copy.image(request.image)
        let resolved = try await ResolvedPlan(image: image, ownFiles: [], engine: engine)
        let digest = try await BlockingWork.run {
            var index = StatIndex()
            return try InputScanner.scan(resolved.plan, index: &index).digest
        }
        // One that was there before is the one that was built on, whatever has its name by now.
        let known = Dictionary(before.map { ($0.reference, $0.imageID) }) { first, _ in first }
        let bases = resolved.bases.map { base in
            BaseImage(
                reference: base.reference, imageID: (known[base.reference] ?? nil) ?? base.imageID)
        }
        return (digest, bases)
    }

    /// Tag, then record: after a kill between the two the IDs differ, and the next look finds the image by its kept
    /// tag, which is true from the end of the build on and so comes first. Where none is put, it builds again.
    ///
    /// - Parameter name: what the image is to be kept under; `nil` where it is not.
    private func publish(
        scratchTag: String, name: KeptName?, request: WarmRequest, lock: any HeldLock,
        buildHash: ContentDigest?,
        proof: (_ imageID: String) async -> CacheRecord.Proof
    ) async throws -> Published {
        // Before anything is asked about the image: whoever holds another lock may have dropped our tag.
        guard lock.isStillOurs else { throw LockLost() }
        let missing = StokerError(
            .buildFailed, "the build of \(request.image.tag) left no image on \(engine.endpoint)",
            nextStep:
                "check which builder the client uses (`docker buildx ls`) and that nothing prunes images")
        guard let image = try await engine.image(scratchTag) else { throw missing }
        if let name { try await keep(image.id, as: name, amongLast: request.image.keep) }
        guard let replaced = try await putTag(on: image.id, request, lock: lock) else { throw missing }
        let proof = await proof(image.id)
        let unwritten = try records.write(
            CacheRecord(
                imageName: request.image.tag, builtAt: Date().timeIntervalSince1970, proof: proof,
                buildHash: buildHash), to: request.image.record)
        return Published(imageID: image.id, proof: proof, unwritten: unwritten, warnings: replaced)
    }
}
