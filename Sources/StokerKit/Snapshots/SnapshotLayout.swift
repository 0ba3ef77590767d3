import Crypto
import Glibc
import StokerCore
import SystemPackage

/// Which live file goes where in a snapshot.
///
///     context/…            the build context's inputs
///     contexts/0/…         additional contexts that are folders, in the order of their names
///     dockerfile/…         the Dockerfile and its ignore file, where they cannot be inside the context
///
/// The builder is given a Dockerfile where it finds the live one: inside the context if that is where it is,
/// even when the ignore file leaves it out, since the classic builder alters the context when it is not.
struct SnapshotLayout: Sendable {
    static let context = BytePath("context")

    let plan: InputPlan
    /// The live trees, the build context first; and their names in the stat index.
    let roots: [FilePath]
    let names: [String]
    /// Where the Dockerfile is in the snapshot.
    let dockerfile: BytePath
    /// Sorted, each folder before what it holds.
    let sources: [SnapshotSource]
    /// What is copied, by tree.
    private let walked: [[ContextEntry]]
    /// What of it counts: less, where the builder also builds stages that the image does not need.
    private let counted: [[ContextEntry]]
    /// Files of the context that were read for the plan, and have to be the same in the copy.
    private var read: [BytePath: ContentDigest] = [:]

    /// Walks the live trees.
    ///
    /// - Parameter stages: those that the builder builds.
    init(_ plan: InputPlan, stages: StageSelection = .reached) throws {
        self.plan = plan
        names = [""] + plan.contexts.keys.sorted()
        func scopes(_ stages: StageSelection) throws -> [InputScope] {
            let scopes = try plan.scopes(for: stages)
            return [scopes.main] + scopes.contexts.sorted { $0.key < $1.key }.map(\.value)
        }
        let (wanted, given) = (try scopes(.reached), try scopes(stages))
        roots = given.map(\.root)
        walked = try given.map { try $0.look().entries }
        counted = given == wanted ? walked : try SnapshotLayout.part(wanted, of: walked)

        var sources: [BytePath: SnapshotSource] = [:]
        func add(_ source: SnapshotSource) { sources[source.destination] = source }
        func addFolders(upTo path: BytePath) {
            guard !path.isRoot, sources[path] == nil else { return }
            if let parent = path.parent { addFolders(upTo: parent) }
            add(.folder(at: path))
        }
        for (tree, entries) in walked.enumerated() {
            let home = SnapshotLayout.home(of: tree)
            addFolders(upTo: home)
            for entry in entries {
                // A folder that is only passed is no entry.
                if let parent = entry.path.parent { addFolders(upTo: home.appending(parent)) }
                add(
                    SnapshotSource(origin: .live(tree), entry: entry, destination: home.appending(entry.path))
                )
            }
        }
        func place(_ bytes: [UInt8], _ path: BytePath) {
            if let parent = path.parent { addFolders(upTo: parent) }
            add(.file(bytes, at: path))
        }

        let ignore = plan.ignoreFile
        let inside = BytePath(of: plan.image.dockerfile, in: plan.image.context).map {
            SnapshotLayout.context.appending($0)
        }
        let ignoreInside = ignore.flatMap { BytePath(of: $0.path, in: plan.image.context) }
            .map { SnapshotLayout.context.appending($0) }
        // Nor may a folder on the way be a link, since the copy of the link leads somewhere else.
        func isPlain(_ path: BytePath) -> Bool {
            func holds(_ path: BytePath, _ kind: FileStatus.Kind) -> Bool {
                sources[path].map { $0.entry.status.kind == kind } ?? true
            }
            return holds(path, .file)
                && sequence(first: path, next: \.parent).dropFirst().allSatisfy { holds($0, .directory) }
        }
        if let inside, isPlain(inside), ignoreInside.map(isPlain) ?? true {
            dockerfile = inside
            if sources[inside] == nil {
                place(plan.dockerfile, inside)
            } else {
                read[inside] = ContentDigest(SHA256.hash(data: plan.dockerfile))
            }
            if let ignore, let ignoreInside {
                if sources[ignoreInside] == nil {
                    place(ignore.bytes, ignoreInside)
                } else {
                    read[ignoreInside] = ContentDigest(SHA256.hash(data: ignore.bytes))
                }
            }
        } else {
            let name = plan.image.dockerfile.lastComponent?.string ?? "Dockerfile"
            dockerfile = BytePath("dockerfile").appending(name: Array(name.utf8))
            place(plan.dockerfile, dockerfile)
            if let ignore {
                place(
                    ignore.bytes, BytePath("dockerfile").appending(name: Array((name + ".dockerignore").utf8))
                )
            }
        }
        self.sources = sources.values.sorted { $0.destination < $1.destination }
    }

    /// - Throws: `InputsMoved` when the trees changed between the two walks.
    private static func part(_ wanted: [InputScope], of walked: [[ContextEntry]]) throws -> [[ContextEntry]] {
        try zip(wanted, walked).map { scope, all in
            let part = try scope.look().entries
            var rest = all[...]
            for entry in part {
                rest = rest.drop { $0.path != entry.path }
                guard rest.first == entry else { throw InputsMoved(path: entry.path) }
            }
            return part
        }
    }

    private static func home(of tree: Int) -> BytePath {
        tree == 0 ? context : BytePath("contexts/\(tree - 1)")
    }

    /// What a person calls what is at a place in the snapshot: `src/app.py`, `assets:logo.svg` in the additional
    /// context `assets`.
    func name(of place: BytePath) -> String {
        for (tree, name) in names.enumerated() {
            let home = SnapshotLayout.home(of: tree)
            guard place != home, place.isInside(home) else { continue }
            let path = BytePath(bytes: Array(place.bytes.dropFirst(home.bytes.count + 1))).description
            return tree == 0 ? path : "\(name):\(path)"
        }
        return place.description
    }

    /// - Throws: `InputsMoved` when a file that decided over the plan was another one when it was copied.
    func verify(_ content: (BytePath) -> ContentDigest?) throws {
        for (path, digest) in read where content(path) != digest { throw InputsMoved(path: path) }
    }

    /// What the index knows of the live files, by where they go.
    func known(by index: StatIndex) -> [BytePath: ContentDigest] {
        var known: [BytePath: ContentDigest] = [:]
        for (tree, entries) in walked.enumerated() {
            let home = SnapshotLayout.home(of: tree)
            let (digests, _) = index.digests(of: entries, context: names[tree], root: bytes(of: roots[tree]))
            for (entry, digest) in zip(entries, digests) {
                if let digest { known[home.appending(entry.path)] = digest }
            }
        }
        return known
    }

    /// Lets the index know what the copy has told of the live files.
    ///
    /// - Parameters:
    ///   - settled: by where they went, the files that it may vouch for.
    ///   - copied: the statuses that the files had when they were copied.
    func teach(
        _ index: inout StatIndex, _ settled: [BytePath: ContentDigest], _ copied: [BytePath: FileStatus]
    ) {
        for (tree, name) in names.enumerated() {
            let home = SnapshotLayout.home(of: tree)
            index.replace(
                context: name, root: bytes(of: roots[tree]), entries: entries(of: tree, walked, copied),
                settled: walked[tree].map { settled[home.appending($0.path)] }, capacity: walked[tree].count)
        }
    }

    private func bytes(of path: FilePath) -> [UInt8] {
        path.withPlatformString { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
    }

    /// The entries of one live tree, with the statuses that their files had when they were copied.
    private func entries(
        of tree: Int, _ trees: [[ContextEntry]], _ copied: [BytePath: FileStatus]
    ) -> [ContextEntry] {
        let home = SnapshotLayout.home(of: tree)
        return trees[tree].map { entry in
            guard let status = copied[home.appending(entry.path)] else { return entry }
            return ContextEntry(path: entry.path, status: status, linkTarget: entry.linkTarget)
        }
    }

    func inputs(_ copied: [BytePath: FileStatus], _ content: (BytePath) -> ContentDigest?) -> Inputs {
        let entries = names.indices.map { tree in
            let home = SnapshotLayout.home(of: tree)
            return self.entries(of: tree, counted, copied).compactMap { entry in
                InputEntry(
                    entry, digest: entry.status.kind == .file ? content(home.appending(entry.path)) : nil)
            }
        }
        var contexts = references
        for (name, entries) in zip(names, entries).dropFirst() { contexts[name] = .entries(entries) }
        let digest = InputDigester.digest(
            image: plan.image, dockerfile: plan.dockerfile, entries: entries[0], contexts: contexts)
        return Inputs(digest: digest, dockerfile: plan.dockerfile, entries: entries[0], contexts: contexts)
    }

    private var references: [String: NamedContextInputs] {
        plan.image.buildContexts.compactMapValues { context in
            if case .reference(let text) = context { .reference(text) } else { nil }
        }
    }

    /// The additional contexts as the builder is to be given them.
    func buildContexts(_ folder: (BytePath) -> BuildContext) -> [String: BuildContext] {
        var contexts = plan.image.buildContexts
        for (tree, name) in names.enumerated().dropFirst() {
            contexts[name] = folder(SnapshotLayout.home(of: tree))
        }
        return contexts
    }
}
