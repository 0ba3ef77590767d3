import StokerCore
import SystemPackage

/// Puts the Dockerfile and the ignore files into a snapshot where the builder looks for them, as they were read
/// for the plan, also those that are no inputs themselves.
struct DecidingFilePlaces {
    enum DockerfilePlace: Sendable {
        /// Its path in the build context.
        case inContext(BytePath)
        /// Its name in a folder of its own.
        case apart(BytePath)
    }

    let plan: InputPlan
    let roots: SnapshotRoots
    private(set) var sources: SourceList
    /// Those that are inputs too, by where they are: the copy has to have the bytes that were read.
    private(set) var read: [BytePath: [UInt8]] = [:]

    init(plan: InputPlan, roots: SnapshotRoots, sources: SourceList) {
        self.plan = plan
        self.roots = roots
        self.sources = sources
    }

    /// Places the Dockerfile and the build context's ignore file.
    ///
    /// The Dockerfile is inside the context if the live one is, even when the ignore file leaves it out, since
    /// the classic builder alters the context when it is not.
    mutating func placeDockerfile() -> DockerfilePlace {
        let context = roots.context(0)
        let inside = BytePath(of: plan.image.dockerfile, in: plan.image.context)
        let ignore = plan.ignoreFile
        var ignoreInside: BytePath?
        if let ignore, let path = BytePath(of: ignore.path, in: plan.image.context),
            isPlain(context.appending(path))
        {
            ignoreInside = path
        }
        if let inside, isPlain(context.appending(inside)), ignore == nil || ignoreInside != nil {
            place(plan.dockerfile, at: context.appending(inside))
            if let ignore, let ignoreInside { place(ignore.bytes, at: context.appending(ignoreInside)) }
            return .inContext(inside)
        }
        let name = plan.image.dockerfile.lastComponent?.string ?? "Dockerfile"
        place(plan.dockerfile, at: roots.dockerfile.appending(name: Array(name.utf8)))
        if let ignore, let ignoreInside, !ignore.isBesideDockerfile {
            place(ignore.bytes, at: context.appending(ignoreInside))
        } else if let ignore {
            place(ignore.bytes, at: roots.dockerfile.appending(name: Array((name + ".dockerignore").utf8)))
        }
        return .apart(BytePath(bytes: Array(name.utf8)))
    }

    /// Places the ignore file of an additional build context.
    mutating func placeIgnoreFile(of name: String, _ number: Int) {
        guard let ignore = plan.ignoreFiles[name], let root = plan.contexts[name]?.root,
            let inside = BytePath(of: ignore.path, in: root)
        else { return }
        let path = roots.context(number).appending(inside)
        if isPlain(path) { place(ignore.bytes, at: path) }
    }

    private mutating func place(_ bytes: [UInt8], at path: BytePath) {
        if sources[path] != nil {
            read[path] = bytes
            return
        }
        if let parent = path.parent { sources.addFolders(upTo: parent) }
        sources.add(.file(bytes, at: path))
    }

    /// Whether a file can be at the path, or is. No folder on the way may be a link, since the copy of the link
    /// leads somewhere else.
    private func isPlain(_ path: BytePath) -> Bool {
        func holds(_ path: BytePath, _ kind: FileStatus.Kind) -> Bool {
            sources[path].map { $0.entry.status.kind == kind } ?? true
        }
        return holds(path, .file)
            && sequence(first: path, next: \.parent).dropFirst().allSatisfy { holds($0, .directory) }
    }
}
