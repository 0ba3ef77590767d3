public import StokerCore
public import SystemPackage

extension Warmer {
    /// An image that is the one for some inputs.
    struct Finding: Sendable {
        var imageID: String
        var digest: ContentDigest
        var warnings: [String]
    }

    /// What a look at inputs, record and engine told, without a lock.
    public struct Look: Sendable {
        enum Verdict: Sendable {
            case hit(Finding)
            /// The image is there, but other programs would not find it up to date by the record on disk.
            case outdatedRecord(Finding)
            /// In words: `the image clud-test:latest is missing`.
            case miss(reason: String)
        }

        /// `nil` when the inputs were not read, since no record could vouch for them anyway.
        var digest: ContentDigest?
        /// What an image of these inputs would be kept under; `nil` as well where none may be.
        var candidate: Candidate?
        var record: CacheRecordFile.Content
        var verdict: Verdict
        /// By which the inputs were looked at, if they were.
        public internal(set) var plan: InputPlan?
        /// What it builds on, as the engine had it.
        public internal(set) var bases: [BaseImage] = []
        /// The inputs that have other names too, by the root of their context.
        public internal(set) var linked: [FilePath: Set<BytePath>] = [:]

        var reason: String? {
            if case .miss(let reason) = verdict { reason } else { nil }
        }
    }

    /// Whether the image is the one for the inputs as they are from now on.
    ///
    /// - Throws: `StokerError`, as `warm`.
    public func look(_ request: WarmRequest) async throws -> Look {
        try await AnswerBudget.within(request.lockTimeout, for: engine) {
            try await lookWithinBudget(request)
        }
    }

    private func lookWithinBudget(_ request: WarmRequest) async throws -> Look {
        let record = records.read(request.image.record)
        func miss(
            _ reason: String, digest: ContentDigest? = nil, candidate: Candidate? = nil
        ) -> Look {
            Look(digest: digest, candidate: candidate, record: record, verdict: .miss(reason: reason))
        }
        let proof: CacheRecord.Proof?
        var reason: String?
        switch HitCheck.proof(in: record, of: request.image) {
        case .success(let found): proof = found
        case .failure(let why): (proof, reason) = (nil, why.words)
        }
        // Nothing could be a hit: leave the reading to the snapshot, which reads everything once.
        if let reason, request.refused == nil { return miss(reason) }
        let resolved = try await resolve(request)
        if reason == nil { reason = HitCheck.doubt(about: resolved.plan) }
        if reason == nil, let proof { reason = BaseImage.change(from: proof.bases, to: resolved.bases) }
        if let reason, request.refused == nil { return miss(reason) }
        let inputs = try await memory.look(resolved.plan)
        let warnings = warnings(inputs.main.churnLines, record, request)
        let candidate = HitCheck.keptName(
            request.image, plan: resolved.plan, digest: inputs.digest, bases: resolved.bases
        ).map { Candidate(name: $0, digest: inputs.digest, bases: resolved.bases, warnings: warnings) }
        func told(_ reason: String) -> Look { miss(reason, digest: inputs.digest, candidate: candidate) }
        guard reason == nil, let proof else {
            return told(reason ?? "there is no record of an earlier build")
        }
        if HitCheck.objection(to: proof, inputs: inputs.digest) != nil { return told(HitCheck.inputsChanged) }
        if let objection = try await objection(to: proof, tag: request.image.tag, bases: resolved.bases) {
            return told(objection)
        }
        var finding = Finding(imageID: proof.imageID, digest: inputs.digest, warnings: warnings)
        let image = request.image
        let buildHash = try await BlockingWork.run { try HitCheck.buildHash(image, proof) }
        let isOutdated = buildHash != record.record?.buildHash || records.isDue()
        if !isOutdated, let error = records.cause(at: image.record) { finding = finding.notRecorded(error) }
        return Look(
            digest: inputs.digest, record: record,
            verdict: isOutdated ? .outdatedRecord(finding) : .hit(finding),
            plan: resolved.plan, bases: resolved.bases, linked: inputs.linked)
    }

    /// The images that references name at this moment; `nil` for none.
    ///
    /// - Throws: `StokerError` (`engineUnavailable`).
    public func imageIDs(_ references: [String]) async throws -> [String?] {
        if case .unix(let socket) = engine.endpoint.address {
            // It is asked before each answer, and the whole client takes longer than the engine.
            let ids = try await BlockingWork.run { PromptHit.imageIDs(references, socket: socket) }
            if let ids { return ids }
        }
        var ids: [String?] = []
        for reference in references { ids.append(try await engine.baseImage(reference)?.id) }
        return ids
    }

    /// What `warm` answers when a look has found the image; `nil` when it would have to be built.
    ///
    /// - Parameter started: when the question was asked.
    public func hit(
        _ request: WarmRequest, _ look: Look, since started: SuspendingClock.Instant
    ) -> WarmResult? {
        guard case .hit(let finding) = look.verdict else { return nil }
        return result(request, finding, .hit, reason: nil, since: started)
    }

    /// What `look` would tell of inputs that are known to be others than those of the record. Should somebody have
    /// built them meanwhile, the copy's digest tells, under the lock.
    func missed(_ request: WarmRequest) -> Look {
        Look(
            digest: nil, record: records.read(request.image.record),
            verdict: .miss(reason: HitCheck.inputsChanged))
    }

    /// The plan, with what the engine knows of the base images now.
    func resolve(_ request: WarmRequest) async throws -> ResolvedPlan {
        try await ResolvedPlan(image: request.image, ownFiles: request.ownFiles, engine: engine)
    }

    /// Why the engine does not bear out what the record says; `nil` when it does.
    func objection(
        to proof: CacheRecord.Proof, tag: String, bases: [BaseImage]
    ) async throws -> String? {
        let word = HitCheck.EngineWord(imageID: try await engine.image(tag)?.id, bases: bases)
        switch HitCheck.objection(to: proof, engine: word) {
        case nil: return nil
        case .imageMissing: return "the image \(tag) is missing"
        case .inputsChanged: return HitCheck.inputsChanged
        case .otherBases(let change): return change
        case .otherImage:
            let isHere = try await engine.info().id == proof.engineID
            return isHere ? "\(tag) is another image now" : "the record is of another engine"
        }
    }

    /// What a person should know although the image is right.
    func warnings(
        _ churn: [String], _ record: CacheRecordFile.Content, _ request: WarmRequest
    ) -> [String] {
        var warnings: [String] = []
        if case .broken(let why) = record {
            warnings.append("the record \(request.image.record) could not be used: \(why)")
        }
        if !churn.isEmpty {
            warnings.append(
                "tools and test runs write into the inputs by themselves, so each run makes the next warm a miss; "
                    + "add these lines to \(request.image.context.appending(".dockerignore")): "
                    + churn.joined(separator: ", "))
        }
        return warnings
    }
}
