import Crypto
import StokerCore
import SystemPackage

/// An up-to-date snapshot of an image's inputs, and what is in it.
struct SnapshotCopy: Sendable {
    /// Of the bytes as copied.
    let inputs: Inputs
    /// Of what the snapshot held before; `nil` when it was new.
    let previousDigest: ContentDigest?
    /// What the copy changed in it, in words: `src/app.py changed`. `nil` when nothing.
    let change: String?
    /// The paths that the copy changed in it, for people.
    let changedPaths: [String]
    /// What was copied, and why.
    var plan: InputPlan { layout.plan }
    /// Held until the copy is let go.
    let snapshotLock: HeldFile
    private let layout: SnapshotLayout
    private let tree: FilePath

    /// How often the copy is begun anew when the tree is rebuilt under it.
    private static let attempts = 5

    /// - Parameters:
    ///   - bases: what the engine knows of the base images.
    ///   - stages: those that the builder builds, and so has to find the files of.
    static func make(
        _ request: WarmRequest, bases: KnownBases = .none, stages: StageSelection = .reached,
        in snapshot: Snapshot, index: inout StatIndex
    ) throws -> SnapshotCopy {
        var moved = BytePath.root
        for _ in 0..<attempts {
            do {
                let plan = try InputPlan(image: request.image, ownFiles: request.ownFiles, bases: bases)
                try snapshot.prepare()
                let layout = try SnapshotLayout(plan, stages: stages, in: snapshot.roots)
                return try once(layout, in: snapshot, index: &index)
            } catch let error as InputsMoved {
                moved = error.path
            } catch let error as SystemCallError {
                throw error.stokerError(.cannotWrite)
            }
        }
        throw StokerError(
            .badInput, "the build context \(request.image.context) keeps changing while it is copied",
            cause: "\(moved) was replaced \(attempts) times in a row",
            nextStep: "wait until whatever writes there has ended, or add it to the ignore file")
    }

    private static func once(
        _ layout: SnapshotLayout, in snapshot: Snapshot, index: inout StatIndex
    ) throws -> SnapshotCopy {
        var layout = layout
        var update = try SnapshotUpdate(snapshot, from: try layout.roots.map { try LiveTree($0) })
        let previousDigest = snapshot.manifest.inputs
        let outcome = try update.run(&layout.sources, known: layout.known(by: index))
        try layout.verify(snapshot.tree)
        layout.teach(&index, outcome.settled)
        index.keepOnly(contexts: Set(layout.names))
        let inputs = layout.inputs(update.new)
        let changedPaths = update.changes.map { layout.name(of: $0.path) }
        try update.finish(inputs: inputs.digest)
        layout.snapshotRoots = snapshot.roots
        return SnapshotCopy(
            inputs: inputs, previousDigest: previousDigest, change: update.change,
            changedPaths: changedPaths,
            snapshotLock: snapshot.lock,
            layout: layout, tree: snapshot.tree)
    }

    /// The image as it is built from this copy.
    func image(_ image: ImageSettings) -> ImageSettings {
        var image = image
        image.dockerfile = SnapshotCopy.path(layout.dockerfile, below: tree)
        image.context = SnapshotCopy.path(layout.snapshotRoots.context(0), below: tree)
        image.buildContexts = layout.buildContexts { .directory(SnapshotCopy.path($0, below: tree)) }
        return image
    }

    /// The build of this copy.
    func request(_ request: WarmRequest, tag: String) -> BuildRequest {
        let copied = image(request.image)
        return BuildRequest(
            image: request.image, credentials: request.credentials, dockerfile: copied.dockerfile,
            context: copied.context, buildContexts: copied.buildContexts, tag: tag,
            withoutCache: home.isCacheBlind, hasLinks: layout.hasLinks)
    }

    /// To be called when an image of this copy has been built.
    func noteBuilt(by kind: BuilderClient.Kind) {
        // The legacy builder tells hard links by itself, and has no part in BuildKit's cache; nor has an engine's own.
        if kind != .legacy, kind != .engineOwn { home.noteBuiltWithoutCache() }
    }

    private var home: SnapshotHome {
        SnapshotHome(folder: tree.removingLastComponent().removingLastComponent())
    }

    /// The client takes its paths as text; ours are plain but for a Dockerfile's own name, which came from
    /// a configuration and so is text.
    static func path(_ path: BytePath, below tree: FilePath) -> FilePath {
        tree.appending(String(decoding: path.bytes, as: UTF8.self))
    }
}
