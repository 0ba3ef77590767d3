import StokerCore

/// Whether a record vouches for the image that a tag names now: one decision, whoever has looked and by
/// whatever way.
///
/// The engine's own ID does not take part. An image's ID is the SHA-256 of its configuration, which names
/// the layers by theirs: whichever engine has an image of this ID has this very image. So a hit needs one
/// question to the engine for each image, and not `/info`, which costs some a multiple of all the rest.
enum HitCheck {
    /// Why a record proves nothing.
    struct NoProof: Error { var words: String }

    static func proof(in content: CacheRecordFile.Content, of image: ImageSettings) -> Result<
        CacheRecord.Proof, NoProof
    > {
        switch content {
        case .missing:
            return .failure(NoProof(words: "there is no record of an earlier build"))
        case .broken(let why):
            return .failure(NoProof(words: "the record \(image.record) cannot be used: \(why)"))
        case .record(let record):
            if let proof = record.proof(for: image.tag) { return .success(proof) }
            return .failure(
                NoProof(
                    words: record.imageName == image.tag
                        ? "the record was written by another program"
                        : "the record is of another image, \(record.imageName)"))
        }
    }

    /// The commonest reason to build.
    static let inputsChanged = "the inputs have changed"

    /// What the engine says now, as far as a hit depends on it.
    struct EngineWord: Sendable, Equatable {
        /// The full ID of the image that has the tag; `nil` when none has.
        var imageID: String?
        /// What the Dockerfile builds on.
        var bases: [BaseImage]
    }

    /// Why no record could vouch for what the Dockerfile builds: it may start from, or copy from, an image
    /// whose name is not known, so nobody could see that another image has this name by now.
    static func doubt(about plan: InputPlan) -> String? {
        plan.reading.basesDoubt.map { doubt in
            let place = doubt.line.map { "line \($0) of " } ?? ""
            return "what \(place)\(plan.image.dockerfile) builds on cannot be known: \(doubt.words)"
        }
    }

    /// Whether images of this kind are kept. With `pull` each build is to ask the registry what the base images are
    /// now, which their IDs on this engine do not tell: an earlier image is not what such a person wants.
    static func mayKeep(_ image: ImageSettings) -> Bool { image.keep > 0 && !image.pull }

    /// What an image of these inputs is kept under, and found by; `nil` where none is.
    ///
    /// What a record vouches for may be kept, and nothing else. Secrets and ssh agents are no part of either, nor of
    /// the builder's own cache.
    static func keptName(
        _ image: ImageSettings, plan: InputPlan, digest: ContentDigest, bases: [BaseImage]
    ) -> KeptName? {
        guard mayKeep(image), doubt(about: plan) == nil else { return nil }
        return KeptName(digest: digest, bases: bases)
    }

    /// What the record's `build_hash` is to be now, so that other programs find the image up to date.
    ///
    /// - Throws: `StokerError` (`badInput`) for a file of the image's `build-hash` that cannot be read.
    static func buildHash(_ image: ImageSettings, _ proof: CacheRecord.Proof) throws -> String? {
        if let recipe = image.buildHash { return try recipe.read().hash.hex }
        return ContentDigest(proof.digest)?.hex
    }

    enum Objection: Sendable, Equatable {
        case inputsChanged
        case imageMissing
        case otherImage
        /// In words.
        case otherBases(String)
    }

    static func objection(
        to proof: CacheRecord.Proof, inputs digest: ContentDigest
    ) -> Objection? {
        proof.digest == digest.description ? nil : .inputsChanged
    }

    static func objection(to proof: CacheRecord.Proof, engine: EngineWord) -> Objection? {
        if proof.bases != engine.bases {
            return .otherBases(
                BaseImage.change(from: proof.bases, to: engine.bases) ?? "the base images have changed")
        }
        guard let imageID = engine.imageID else { return .imageMissing }
        return imageID == proof.imageID ? nil : .otherImage
    }
}
