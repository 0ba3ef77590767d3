public import StokerCore

extension Warmer {
    /// Whether a build is in vain, since its inputs are others by now.
    ///
    /// Where nobody asks for the new ones, only if the last build was left in peace: who saves more often than a build
    /// takes still gets an image now and then.
    ///
    /// - Parameters:
    ///   - digest: of what is being built.
    ///   - isAsked: whether somebody asks for the image of today's inputs.
    public func isInVain(
        _ digest: String, _ request: WarmRequest, isAsked: Bool
    ) async throws -> Bool {
        if !isAsked, lastProof(request)?.changedMeanwhile.isEmpty != true { return false }
        return try await memory.look(try await resolve(request).plan).digest.description != digest
    }

    /// What a build has to be of to answer who asks now; `nil` where nothing that was begun before may.
    ///
    /// - Throws: `StokerError`, as `look`.
    public func goal(_ request: WarmRequest) async throws -> InputGoal? {
        try await AnswerBudget.within(request.lockTimeout, for: engine) {
            let resolved = try await resolve(request)
            guard !request.image.pull, HitCheck.doubt(about: resolved.plan) == nil else { return nil }
            let inputs = try await memory.look(resolved.plan)
            return InputGoal(digest: inputs.digest.description, bases: resolved.bases)
        }
    }

    /// What the record says of an image that has just been found or built.
    public func proof(_ request: WarmRequest, of result: WarmResult) -> CacheRecord.Proof? {
        lastProof(request).flatMap { proof in
            proof.imageID == result.imageID && proof.digest == result.digest ? proof : nil
        }
    }

    private func lastProof(_ request: WarmRequest) -> CacheRecord.Proof? {
        try? HitCheck.proof(in: records.read(request.image.record), of: request.image).get()
    }

    /// The inputs that are others now than in the copy that was built.
    func changedMeanwhile(_ copy: SnapshotCopy) async throws -> [String] {
        let now = try await memory.look(copy.plan).inputs
        var paths = InputChange.changes(from: copy.inputs.entries, to: now.entries).map(\.path.description)
        for (name, entries) in copy.inputs.contexts.sorted(by: { $0.key < $1.key }) {
            guard case .entries(let old) = entries, case .entries(let new) = now.contexts[name] else {
                continue
            }
            paths += InputChange.changes(from: old, to: new).map { "\(name):\($0.path)" }
        }
        return paths
    }
}
