public import StokerCore

/// The record's `build_hash`, where the image's `build-hash` says what it is made of.
///
/// It is read before and after the inputs, and compared with them: what has changed meanwhile would tell another
/// program that an image is up to date which was built from other files. Then the inputs' own digest stands there,
/// which that program never computes, until the next `warm`.
extension Warmer {
    /// `nil` where no recipe is configured.
    func readBuildHash(_ image: ImageSettings) async throws -> BuildHashRecipe.Reading? {
        guard let recipe = image.buildHash else { return nil }
        return try await BlockingWork.run { try recipe.read() }
    }

    /// - Parameter before: from before the inputs were read.
    /// - Returns: `nil` for the inputs' own digest.
    func buildHash(
        _ image: ImageSettings, since before: BuildHashRecipe.Reading?, of inputs: Inputs
    ) async throws -> ContentDigest? {
        guard let now = try await readBuildHash(image), now == before, now.agrees(with: inputs, of: image)
        else { return nil }
        return now.hash
    }

    /// The same for inputs of this digest, if they are what is on disk.
    func buildHash(_ request: WarmRequest, of digest: ContentDigest) async throws -> ContentDigest? {
        guard let before = try await readBuildHash(request.image) else { return nil }
        let looked = try await memory.look(try await resolve(request).plan)
        guard looked.digest == digest else { return nil }
        return try await buildHash(request.image, since: before, of: looked.inputs)
    }

    /// Writes the record of an image that is there with the `build_hash` that it is to have now. The caller holds the
    /// lock.
    ///
    /// - Returns: the finding, with a warning where that cannot be done.
    func renewRecord(
        _ request: WarmRequest, _ finding: Finding, after look: Look, lock: any HeldLock
    ) async throws -> Finding {
        guard var record = look.record.record, let digest = look.digest else { return finding }
        let hash = try await buildHash(request, of: digest)
        // Not what other programs compute, but what the record is to hold where they have nothing to find.
        guard let text = (hash ?? (request.image.buildHash == nil ? digest : nil))?.hex, lock.isStillOurs
        else { return finding }
        record.buildHash = text
        return finding.recorded(try records.write(record, to: request.image.record))
    }

    /// What the files of a recipe come to now; `nil` when that cannot be found out.
    public func hash(of recipe: BuildHashRecipe) async -> String? {
        (try? await BlockingWork.run { try recipe.read() })?.hash.hex
    }

    /// The recipe of an image, where it has one, and what a look has found of it in the record.
    public func recordedHash(_ image: ImageSettings, _ look: Look) -> (recipe: BuildHashRecipe, hash: String)?
    {
        guard let recipe = image.buildHash, let record = look.record.record else { return nil }
        return (recipe, record.buildHash)
    }
}

extension Warmer.Finding {
    /// The image is there. A folder that cannot be written to must not take it from whoever asks.
    func notRecorded(_ error: StokerError) -> Warmer.Finding {
        var finding = self
        finding.warnings.append("other programs may take the image for outdated: \(error)")
        return finding
    }

    /// - Parameter error: why the record could not be written.
    func recorded(_ error: StokerError?) -> Warmer.Finding { error.map(notRecorded) ?? self }
}
