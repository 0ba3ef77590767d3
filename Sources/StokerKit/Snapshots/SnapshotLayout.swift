import Glibc
import StokerCore
import SystemPackage

/// Which live file goes where in a snapshot.
///
///     context-<generation>/…       the build context's inputs
///     context0-<generation>/…      additional contexts that are folders, in the order of their names
///     dockerfile-<generation>/…    the Dockerfile and its ignore file, where they cannot be inside the context
///
/// The builder is given a Dockerfile where it finds the live one: inside the context if that is where it is,
/// even when the ignore file leaves it out, since the classic builder alters the context when it is not.
struct SnapshotLayout: Sendable {
    let plan: InputPlan
    /// What the folders are called.
    var snapshotRoots: SnapshotRoots
    /// The live trees, the build context first; and their names in the stat index.
    let roots: [FilePath]
    let names: [String]
    private let dockerfilePlace: DecidingFilePlaces.DockerfilePlace
    /// Sorted, each folder before what it holds. Files get the statuses that they had when they were copied.
    var sources: [SnapshotSource]
    /// Inputs that were read for the plan, and have to be the same in the copy.
    private let read: [BytePath: [UInt8]]

    /// Walks the live trees.
    ///
    /// - Parameters:
    ///   - stages: those that the builder builds.
    ///   - snapshotRoots: of the snapshot as it is now.
    init(_ plan: InputPlan, stages: StageSelection = .reached, in snapshotRoots: SnapshotRoots) throws {
        self.plan = plan
        self.snapshotRoots = snapshotRoots
        names = [""] + plan.contexts.keys.sorted()
        func scopes(_ stages: StageSelection) throws -> [InputScope] {
            let scopes = try plan.scopes(for: stages)
            return [scopes.main] + scopes.contexts.sorted { $0.key < $1.key }.map(\.value)
        }
        let (wanted, given) = (try scopes(.reached), try scopes(stages))
        roots = given.map(\.root)
        let (walked, passed) = try given.reduce(into: ([[ContextEntry]](), [[BytePath]]())) { found, scope in
            let look = try scope.look()
            found.0.append(look.entries)
            found.1.append(look.tree.passed)
        }
        let counted = given == wanted ? nil : try SnapshotLayout.part(wanted, of: walked)

        var sources = SourceList()
        for (number, entries) in walked.enumerated() {
            sources.add(
                entries, of: number, below: snapshotRoots.context(number), counted: counted?[number])
        }
        for (number, folders) in passed.enumerated() {
            for path in folders { sources.addFolders(upTo: snapshotRoots.context(number).appending(path)) }
        }
        var placing = DecidingFilePlaces(plan: plan, roots: snapshotRoots, sources: sources)
        dockerfilePlace = placing.placeDockerfile()
        for (number, name) in names.enumerated().dropFirst() { placing.placeIgnoreFile(of: name, number) }
        read = placing.read
        self.sources = placing.sources.sorted()
    }

    /// Where the Dockerfile is in the snapshot.
    var dockerfile: BytePath {
        switch dockerfilePlace {
        case .inContext(let path): snapshotRoots.context(0).appending(path)
        case .apart(let name): snapshotRoots.dockerfile.appending(name)
        }
    }

    /// The paths that count: fewer, where the builder also builds stages that the image does not need.
    ///
    /// - Throws: `InputsMoved` when the trees changed between the two walks.
    private static func part(_ wanted: [InputScope], of walked: [[ContextEntry]]) throws -> [Set<BytePath>] {
        try zip(wanted, walked).map { scope, all in
            let part = try scope.look().entries
            var rest = all[...]
            for entry in part {
                rest = rest.drop { $0.path != entry.path }
                guard rest.first == entry else { throw InputsMoved(path: entry.path) }
            }
            return Set(part.map(\.path))
        }
    }

    /// What a person calls what is at a place in the snapshot: `src/app.py`, `assets:logo.svg` in the additional
    /// context `assets`.
    func name(of place: BytePath) -> String {
        for (tree, name) in names.enumerated() {
            let home = snapshotRoots.context(tree)
            guard place != home, place.isInside(home) else { continue }
            let path = BytePath(bytes: Array(place.bytes.dropFirst(home.bytes.count + 1))).description
            return tree == 0 ? path : "\(name):\(path)"
        }
        return place.description
    }

    /// - Parameter tree: The copy.
    /// - Throws: `InputsMoved` when a file that decided over the plan was another one when it was copied.
    func verify(_ tree: FilePath) throws {
        for (path, bytes) in read {
            let copy = try? HeldFile(SnapshotCopy.path(path, below: tree).string, O_RDONLY)
            guard try copy?.readAll(limit: bytes.count + 1) == bytes else { throw InputsMoved(path: path) }
        }
    }

    /// The numbers of the sources that come from each live tree; they are in the order of their walks.
    private var walks: [[Int]] {
        var walks = [[Int]](repeating: [], count: names.count)
        for (number, source) in sources.enumerated() {
            if case .live(let tree) = source.origin { walks[tree].append(number) }
        }
        return walks
    }

    /// What the index knows of each source's live file.
    func known(by index: StatIndex) -> [ContentDigest?] {
        var known = [ContentDigest?](repeating: nil, count: sources.count)
        for (tree, numbers) in walks.enumerated() {
            let (digests, _) = index.digests(
                of: numbers.map { sources[$0].entry }, context: names[tree], root: bytes(of: roots[tree]))
            for (number, digest) in zip(numbers, digests) { known[number] = digest }
        }
        return known
    }

    /// Lets the index know what the copy has told of the live files.
    ///
    /// - Parameter settled: by source, the files that it may vouch for.
    func teach(_ index: inout StatIndex, _ settled: [ContentDigest?]) {
        for (tree, numbers) in walks.enumerated() {
            index.replace(
                context: names[tree], root: bytes(of: roots[tree]),
                entries: numbers.map { sources[$0].entry },
                settled: numbers.map { settled[$0] }, capacity: numbers.count)
        }
    }

    private func bytes(of path: FilePath) -> [UInt8] {
        path.withPlatformString { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
    }

    /// - Parameter manifest: Of the snapshot; it has an entry for each source.
    func inputs(_ manifest: SnapshotManifest) -> Inputs {
        let entries = walks.map { numbers in
            // A hard link is one of the first path that counts, by the source that it shares its file with.
            var firsts: [Int: BytePath] = [:]
            return numbers.compactMap { number -> InputEntry? in
                let source = sources[number]
                guard source.counts else { return nil }
                let entry = manifest[number]
                var input = InputEntry(
                    source.entry, digest: entry.kind == .file ? entry.content : nil)
                if source.entry.status.links > 1 {
                    let shared = entry.isLink ? Int(entry.link) : number
                    input?.link = firsts[shared]
                    if firsts[shared] == nil { firsts[shared] = source.entry.path }
                }
                return input
            }
        }
        var contexts = references
        for (name, entries) in zip(names, entries).dropFirst() { contexts[name] = .entries(entries) }
        let digest = InputDigester.digest(
            image: plan.image, dockerfile: plan.dockerfile, ignoreFiles: plan.ignoreFiles,
            entries: entries[0], contexts: contexts)
        return Inputs(digest: digest, dockerfile: plan.dockerfile, entries: entries[0], contexts: contexts)
    }

    private var references: [String: NamedContextInputs] {
        plan.image.buildContexts.compactMapValues { context in
            if case .reference(let text) = context { .reference(text) } else { nil }
        }
    }

    /// Whether there are symbolic links in the copy.
    var hasLinks: Bool { sources.contains { $0.entry.status.kind == .symbolicLink } }

    /// The additional contexts as the builder is to be given them.
    func buildContexts(_ folder: (BytePath) -> BuildContext) -> [String: BuildContext] {
        var contexts = plan.image.buildContexts
        for (tree, name) in names.enumerated().dropFirst() {
            contexts[name] = folder(snapshotRoots.context(tree))
        }
        return contexts
    }
}
