public import StokerCore

/// The only inputs that have changed are those that the build writes by itself, and nobody asked.
public struct BuildLoop: Error, Sendable {
    /// For people.
    public var paths: [String]
    /// Of the inputs that are not built again.
    public var digest: ContentDigest

    /// One sentence, with the next step.
    public var words: String { BuildLoop.words(paths) }

    static func words(_ paths: [String]) -> String {
        let names = paths.prefix(5).joined(separator: ", ") + (paths.count > 5 ? ", …" : "")
        return
            "\(names) changed during each of the last two builds, so the build seems to write into its own "
            + "inputs; add what it writes to .dockerignore"
    }
}

extension Warmer {
    /// Whether a build is in vain, since its inputs are others by now.
    ///
    /// Where nobody asks for the new ones, the last build has to have left its inputs alone: one that writes into
    /// them would be ended by its own doing, again and again.
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

    /// Whether some inputs have changed during each of the last two builds.
    public func suspectsLoop(_ request: WarmRequest) -> Bool {
        lastProof(request)?.writtenByBuild.isEmpty == false
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

    /// Refuses to build what only the last build has changed.
    ///
    /// - Throws: `BuildLoop`.
    func checkForLoop(_ request: WarmRequest, _ proof: CacheRecord.Proof?, _ copy: SnapshotCopy) throws {
        guard request.endsLoops, let proof, proof.isLoop(copy.changedPaths) else { return }
        throw BuildLoop(paths: copy.changedPaths, digest: copy.inputs.digest)
    }
}
