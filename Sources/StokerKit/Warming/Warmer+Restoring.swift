import Foundation
import Logging
import StokerCore

extension Warmer {
    static let restoringReason = "the inputs are those of an image built before"

    /// Inputs as they were read, and what an image of them would be kept under.
    struct Candidate: Sendable {
        var name: KeptName
        var digest: ContentDigest
        var bases: [BaseImage]
        var warnings: [String]
    }

    /// An image that is kept under the name that was looked for.
    struct KeptImage: Sendable {
        var id: String
        /// Whether this project keeps it too, and not another one alone.
        var isOurs: Bool
    }

    /// The image of these inputs, if it is kept, by whomever.
    func find(_ name: KeptName) async throws -> KeptImage? {
        let own = KeptTag(name: name, key: key)
        if let image = try await engine.image(own.reference), kept.admits(own, imageID: image.id) {
            return KeptImage(id: image.id, isOurs: true)
        }
        for image in try await engine.images(matching: KeptTag.pattern(of: name)) {
            for tag in image.keptTags
            where tag.name == name && tag.key != key && kept.admits(tag, imageID: image.id) {
                return KeptImage(id: image.id, isOurs: false)
            }
        }
        return nil
    }

    /// The same. An engine that cannot say is no reason not to build; if it is gone, the build tells.
    private func findIfPossible(_ name: KeptName) async throws -> KeptImage? {
        do {
            return try await find(name)
        } catch let error as CancellationError {
            throw error
        } catch {
            logger.debug("cannot look for a kept image: \(error)")
            return nil
        }
    }

    /// Gives an image of these inputs that is kept the tag again, and writes its record. The caller holds the lock.
    ///
    /// Tag, then record, as after a build: after a kill between the two the IDs differ, and the next look comes here
    /// again.
    ///
    /// - Parameter identity: of the engine.
    /// - Returns: `nil` when none is kept.
    func restore(
        _ candidate: Candidate, _ request: WarmRequest, lock: any HeldLock, identity: Task<String, any Error>
    ) async throws -> Ending? {
        let started = SuspendingClock.now
        guard let image = try await findIfPossible(candidate.name) else { return nil }
        if image.isOurs {
            noteUse(
                of: KeptTag(name: candidate.name, key: key), imageID: image.id, amongLast: request.image.keep)
        } else {
            try await keep(image.id, as: candidate.name, amongLast: request.image.keep)
        }
        let engineID = try await identity.childValue
        let buildHash = try await buildHash(request, of: candidate.digest)
        // Its owner may have dropped it meanwhile.
        guard let replaced = try await putTag(on: image.id, request, lock: lock) else { return nil }
        let previous = records.read(request.image.record).record?.proof(for: request.image.tag)
        var proof = CacheRecord.Proof(
            digest: candidate.digest.description, imageID: image.id, engineID: engineID,
            bases: candidate.bases, seconds: (SuspendingClock.now - started) / .seconds(1),
            reason: Warmer.restoringReason)
        proof.note(recent: previous?.recentSeconds, isBuild: false)
        let unwritten = try records.write(
            CacheRecord(
                imageName: request.image.tag, builtAt: Date().timeIntervalSince1970, proof: proof,
                buildHash: buildHash), to: request.image.record)
        let finding = Finding(
            imageID: image.id, digest: candidate.digest,
            warnings: candidate.warnings + tagWarnings(request.image) + replaced
        ).recorded(unwritten)
        return .restored(finding, name: candidate.name, isNewHere: !image.isOurs)
    }
}
