import Logging
import StokerCore

/// Giving an image its tag, which may be on another one.
extension Warmer {
    /// Refuses to build what could not be given its tag. The caller holds the lock.
    ///
    /// - Throws: `StokerError` (`badInput`).
    func checkTag(_ request: WarmRequest) async throws {
        let image = try await engine.image(request.image.tag)
        if verdict(on: image, request) == .foreign, !request.takesTag { throw refusal(request, image) }
    }

    /// Puts the tag on an image, if it may be taken from the one that has it by now. The caller holds the lock.
    ///
    /// What is put on it between the last look and this is taken from it without a word: the engine knows no tag that
    /// is put only if nobody else has put it.
    ///
    /// - Returns: what a person should know of the image that has had it; `nil` when the image is not there any more.
    /// - Throws: `StokerError` (`badInput`) when it may not; `LockLost`.
    func putTag(
        on imageID: String, _ request: WarmRequest, lock: any HeldLock
    ) async throws -> [String]? {
        let tag = request.image.tag
        let image = try await engine.image(tag)
        let verdict = verdict(on: image, request)
        if verdict == .foreign, !request.takesTag { throw refusal(request, image) }
        guard lock.isStillOurs else { throw LockLost() }
        do {
            try tags.note(imageID: imageID, on: tag, by: owner)
        } catch {
            logger.warning("cannot note that \(tag) is Stoker's: \(error)")
        }
        guard try await engine.tagIfThere(imageID, as: tag) else { return nil }
        guard let image, image.id != imageID else { return [] }
        let old = Warmer.shortID(image.id)
        switch verdict {
        case .free, .own(nil): return []
        case .own(let other?):
            return [
                "\(tag) was on an image of the project \(other), and each of the two takes it from the other; "
                    + "give one of them another tag in its stoker.yaml"
            ]
        case .named(let name): return ["\(tag) was on the image \(old), which is still there as \(name)"]
        case .foreign:
            return [
                "\(tag) was on the image \(old), which has no tag now; `docker tag \(old) NAME` gives it one"
            ]
        }
    }

    /// What a person should know of a tag that is not the one which they may expect.
    func tagWarnings(_ image: ImageSettings) -> [String] {
        guard let plain = image.defaultTags?.plain, image.tag != plain,
            let other = tags.entry(of: plain)?.owner.project
        else { return [] }
        return [
            "\(plain) is the tag of the project \(other), so this one's is \(image.tag); "
                + "name a tag in stoker.yaml to have another one"
        ]
    }

    private var owner: TagOwner { TagOwner(project: project) }

    private func verdict(on image: EngineImage?, _ request: WarmRequest) -> TagVerdict {
        TagEvidence(
            tag: request.image.tag, image: image, tags: tags, kept: kept, key: key, owner: owner,
            record: records.read(request.image.record), sharedID: request.sharedID
        ).verdict
    }

    private func refusal(_ request: WarmRequest, _ image: EngineImage?) -> StokerError {
        let name = request.image.name == "default" ? "" : " \(request.image.name)"
        let old = image.map { Warmer.shortID($0.id) } ?? ""
        return StokerError(
            .badInput,
            "the tag \(request.image.tag) is on the image \(old), which has no other tag and on which Stoker has not "
                + "put it, so taking it would lose that image",
            nextStep: "name another tag in stoker.yaml, give the image a second one with `docker tag`, "
                + "or take it with `stoker warm\(name) --take-tag`")
    }

    /// As `docker images` prints it.
    private static func shortID(_ id: String) -> String {
        String((id.split(separator: ":").last ?? id[...]).prefix(12))
    }
}
