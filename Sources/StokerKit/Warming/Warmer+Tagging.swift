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
        var image = try await engine.image(tag)
        var verdict = verdict(on: image, request)
        var taking: HeldFile?
        defer { taking?.unlock() }
        if case .named = verdict {
            // Somebody may be taking the other name at this moment.
            taking = await takingLock()
            image = try await engine.image(tag)
            verdict = self.verdict(on: image, request)
        }
        if verdict == .foreign, !request.takesTag { throw refusal(request, image) }
        guard lock.isStillOurs else { throw LockLost() }
        do {
            try tags.note(imageID: imageID, on: tag, by: owner)
        } catch {
            logger.warning("cannot note that \(tag) is Stoker's: \(error)")
        }
        if case .named = verdict, let image {
            guard try await take(tag, from: image, for: imageID, request) else { return nil }
        } else {
            guard try await engine.tagIfThere(imageID, as: tag) else { return nil }
        }
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

    /// Takes the tag from an image that has another name, and gives it back where that one has been taken too: other users
    /// of the engine do not know our lock.
    ///
    /// - Returns: `false` when the image that is to have it is not there any more.
    private func take(
        _ tag: String, from image: EngineImage, for imageID: String, _ request: WarmRequest
    ) async throws -> Bool {
        // Without a name the image could be gone before we have looked.
        let guarding = Warmer.guardingTag(of: image.id, key: key)
        guard try await engine.tagIfThere(image.id, as: guarding) else {
            return try await engine.tagIfThere(imageID, as: tag)
        }
        let isTaken = try await engine.tagIfThere(imageID, as: tag)
        var isLost = false
        if isTaken, !request.takesTag {
            isLost = evidence(of: try await engine.image(image.id), request).otherName == nil
        }
        // Where that fails, or we are killed, the image keeps the guarding tag.
        if isLost { try await engine.tag(image.id, as: tag) }
        await drop(guarding)
        if isLost { throw refusal(request, image) }
        return isTaken
    }

    /// Who reaps knows it for no build's and leaves it alone: it may be an image's last name.
    ///
    /// - Parameter key: of the image that takes the tag: two who take from one image must not let go for each other.
    static func guardingTag(of imageID: String, key: String) -> String {
        "\(ScratchTag.repository):held-\(key)-\(shortID(imageID))"
    }

    /// Excludes others of this user's who take a name from an image; `nil` where there is no such lock to be had in time.
    private func takingLock() async -> HeldFile? {
        for _ in 0..<100 {
            do {
                if let lock = try tags.lockForTaking() { return lock }
                try await Task.sleep(for: .milliseconds(50))
            } catch {
                return nil
            }
        }
        return nil
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
        evidence(of: image, request).verdict
    }

    private func evidence(of image: EngineImage?, _ request: WarmRequest) -> TagEvidence {
        TagEvidence(
            tag: request.image.tag, image: image, tags: tags, kept: kept, key: key, owner: owner,
            record: records.read(request.image.record), sharedID: request.sharedID)
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
