import StokerCore
import SystemPackage

extension Warmer {
    /// An image that is the one for some inputs.
    struct Finding: Sendable {
        var imageID: String
        var digest: ContentDigest
        var warnings: [String]
    }

    /// What a look at inputs, record and engine told, without a lock.
    struct Look: Sendable {
        enum Verdict: Sendable {
            case hit(Finding)
            /// In words: `the image clud-test:latest is missing`.
            case miss(reason: String)
        }

        /// `nil` when the inputs were not read, since no record could vouch for them anyway.
        var digest: ContentDigest?
        var record: CacheRecordFile.Content
        var verdict: Verdict

        var reason: String? {
            if case .miss(let reason) = verdict { reason } else { nil }
        }
    }

    /// Whether the image is the one for the inputs as they are from now on.
    func look(_ request: WarmRequest) async throws -> Look {
        let record = CacheRecordFile(request.image.record).read()
        let proof: CacheRecord.Proof
        switch Warmer.proof(in: record, of: request.image) {
        case .success(let found): proof = found
        case .failure(let why):
            // Nothing could be a hit: leave the reading to the snapshot, which reads everything once.
            let digest = request.refused == nil ? nil : try await memory.look(request).digest
            return Look(digest: digest, record: record, verdict: .miss(reason: why.words))
        }
        let inputs = try await memory.look(request)
        guard proof.digest == inputs.digest.description else {
            return Look(
                digest: inputs.digest, record: record, verdict: .miss(reason: "the inputs have changed"))
        }
        let verdict: Look.Verdict
        if let reason = try await objection(to: proof, tag: request.image.tag) {
            verdict = .miss(reason: reason)
        } else {
            verdict = .hit(
                Finding(
                    imageID: proof.imageID, digest: inputs.digest, warnings: warnings(inputs, record, request)
                ))
        }
        return Look(digest: inputs.digest, record: record, verdict: verdict)
    }

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

    /// Why the engine does not bear out what the record says; `nil` when it does.
    func objection(to proof: CacheRecord.Proof, tag: String) async throws -> String? {
        async let info = engine.info()
        guard let image = try await engine.image(tag) else {
            _ = try await info
            return "the image \(tag) is missing"
        }
        guard try await info.id == proof.engineID else { return "the record is of another engine" }
        return image.id == proof.imageID ? nil : "\(tag) is another image now"
    }

    /// What a person should know although the image is right.
    func warnings(_ inputs: Inputs, _ record: CacheRecordFile.Content, _ request: WarmRequest) -> [String] {
        var warnings: [String] = []
        if case .broken(let why) = record {
            warnings.append(
                "the record \(request.image.record) could not be used (\(why)) and has been written anew")
        }
        let churn = ChurnWarning(inputs.entries).ignoreLines
        if !churn.isEmpty {
            warnings.append(
                "tools and test runs write into the inputs by themselves, so each run makes the next warm a miss; "
                    + "add these lines to \(request.image.context.appending(".dockerignore")): "
                    + churn.joined(separator: ", "))
        }
        return warnings
    }
}
