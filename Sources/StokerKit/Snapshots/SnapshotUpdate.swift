import Crypto
import Glibc
import StokerCore
import SystemPackage

/// Brings a snapshot up to date with the live trees: copies what changed, removes what is gone, and says
/// what the copy holds. The digests are those of the bytes as copied.
struct SnapshotUpdate {
    let snapshot: Snapshot
    let trees: [LiveTree]
    private var old: SnapshotManifest
    private var new = SnapshotManifest()
    private let tree: SnapshotTree
    /// Whether something changed in a way that the builder would not notice.
    private var needsNewFolder = false
    private var buffer = [UInt8](repeating: 0, count: 256 << 10)
    /// How far a file may grow while it is copied before the copying ends.
    private static let growth: Int64 = 64 << 20

    /// What is different from before, in the order in which it was met.
    private(set) var changes: [InputChange] = []

    /// A live file as it was copied.
    struct Reading {
        var content: ContentDigest
        /// Bytes copied.
        var size: Int64
        /// When it was opened.
        var status: FileStatus
        /// Whether the stat index may vouch for it from now on.
        var isSettled: Bool
    }

    init(_ snapshot: Snapshot, from trees: [LiveTree]) throws {
        // What an update that failed half-way has left is not what the manifest says, and may hold links
        // where the manifest has folders; nor is what somebody else has touched.
        let isTouched = try !SnapshotTree(snapshot.tree).isAsNoted(snapshot.manifest)
        if snapshot.state == .partial || isTouched { try snapshot.startOver() }
        self.snapshot = snapshot
        self.trees = trees
        old = snapshot.manifest
        tree = try SnapshotTree(snapshot.tree)
    }

    /// - Parameters:
    ///   - sources: sorted by destination, parents before what they hold.
    ///   - knownContent: what a live file is known to hold without reading it; `nil` reads it.
    ///   - learned: told what each file that was read turned out to be.
    mutating func run(
        _ sources: [SnapshotSource],
        knownContent: (SnapshotSource) -> ContentDigest?,
        learned: (SnapshotSource, Reading) -> Void
    ) throws {
        try snapshot.beginUpdate()
        new.traces = old.traces
        let wanted = Set(sources.map(\.destination))
        try remove(old.entries.keys.filter { !wanted.contains($0) })
        for source in sources {
            try place(source, knownContent: knownContent, learned: learned)
        }
        try finishDirectories(sources)
    }

    /// Makes the snapshot whole again.
    ///
    /// - Parameter inputs: the digest of what it holds now.
    mutating func finish(inputs: ContentDigest) throws {
        if needsNewFolder || new.traceCount > SnapshotManifest.traceLimit {
            try snapshot.renew()
            new.traces = [:]
        }
        new.inputs = inputs
        try tree.note(&new)
        try snapshot.endUpdate(new)
    }

    /// What is in the snapshot under `destination` now.
    func content(at destination: BytePath) -> ContentDigest? { new.entries[destination]?.content }

    /// What is different from before, in words; `nil` when nothing is.
    var change: String? {
        guard let first = changes.first else { return nil }
        let path = BytePath(bytes: Array(first.path.bytes.drop { $0 != UInt8(ascii: "/") }.dropFirst()))
        let verb =
            switch first.kind {
            case .added: "is new"
            case .removed: "is gone"
            case .changed: "changed"
            }
        return "\(path) \(verb)" + (changes.count > 1 ? " and \(changes.count - 1) more" : "")
    }

    private mutating func note(_ path: BytePath, _ previous: SnapshotManifest.Entry?) {
        guard let entry = new.entries[path] else { return }
        guard let previous else {
            changes.append(InputChange(path: path, kind: .added))
            return
        }
        if previous.content != entry.content || previous.mode != entry.mode {
            changes.append(InputChange(path: path, kind: .changed))
        }
    }

    // MARK: One path

    private mutating func place(
        _ source: SnapshotSource, knownContent: (SnapshotSource) -> ContentDigest?,
        learned: (SnapshotSource, Reading) -> Void
    ) throws {
        let status = source.entry.status
        let path = source.destination
        if let previous = old.entries[path], previous.kind != status.kind { try remove([path]) }
        let previous = old.entries[path]
        defer { note(path, previous) }
        var entry = SnapshotManifest.Entry(
            mode: status.mode, content: .zero, size: status.size, modified: status.modified,
            device: status.specialDevice)
        switch status.kind {
        case .directory:
            entry.size = 0
            if previous == nil { try tree.makeFolder(path) }
            // Writable while it is filled; finishDirectories gives it its own mode.
            try tree.setMode(path, 0o700)
        case .file:
            try placeFile(source, &entry, previous, knownContent: knownContent, learned: learned)
        case .symbolicLink:
            try placeLink(source, &entry, previous)
        case .fifo, .characterDevice, .blockDevice:
            entry.size = 0
            if previous?.device != entry.device {
                try tree.makeNode(path, mode: entry.mode, device: entry.device)
            }
            try tree.setMode(path, entry.mode)
            try tree.setTime(path, entry.modified)
        case .socket, .unknown:
            return
        }
        if let previous { new.remember(previous, at: path, replacedBy: entry) }
        if new.isMistakable(entry, at: path) { needsNewFolder = true }
        new.entries[path] = entry
    }

    private mutating func placeFile(
        _ source: SnapshotSource, _ entry: inout SnapshotManifest.Entry, _ previous: SnapshotManifest.Entry?,
        knownContent: (SnapshotSource) -> ContentDigest?,
        learned: (SnapshotSource, Reading) -> Void
    ) throws {
        let path = source.destination
        var isNew = true
        switch source.origin {
        case .made(let bytes):
            entry.content = ContentDigest(SHA256.hash(data: bytes))
            isNew = previous?.content != entry.content
            if isNew { try write(bytes, to: tree.makeFile(path)) }
        case .live(let number):
            if let previous, let known = knownContent(source), known == previous.content {
                entry.content = known
                isNew = false
                break
            }
            let live = try trees[number].open(file: source.entry.path)
            let reading = try copy(live, of: source.entry.path, to: path)
            learned(source, reading)
            entry.mode = reading.status.mode
            entry.modified = reading.status.modified
            entry.content = reading.content
            entry.size = reading.size
        }
        try settleMetadata(path, &entry, previous, isNew: isNew)
    }

    private func write(_ bytes: some Collection<UInt8>, to file: HeldFile) throws {
        do {
            try file.writeAll(bytes)
        } catch {
            throw error.stokerError(.cannotWrite)
        }
    }

    /// Copies a live file, and digests what it copies.
    private mutating func copy(_ live: HeldFile, of source: BytePath, to path: BytePath) throws -> Reading {
        let started = WallClock.nanoseconds()
        let status = try live.status()
        guard status.kind == .file else { throw InputsMoved(path: source) }
        let target = try tree.makeFile(path)
        var hasher = SHA256()
        var size: Int64 = 0
        while true {
            let count = read(live.descriptor, &buffer, buffer.count)
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemCallError.last("read", live.path).stokerError(.badInput)
            }
            buffer.withUnsafeBytes {
                hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count]))
            }
            try write(buffer[..<count], to: target)
            size += Int64(count)
            // A log that is written faster than it is copied would never end.
            if size > status.size + SnapshotUpdate.growth { break }
        }
        // Only of a file that stood still while it was read is the status worth remembering.
        let isSettled = try live.status() == status && StatIndex.isSettled(status, started: started)
        return Reading(
            content: ContentDigest(hasher.finalize()), size: size, status: status, isSettled: isSettled)
    }

    private mutating func placeLink(
        _ source: SnapshotSource, _ entry: inout SnapshotManifest.Entry, _ previous: SnapshotManifest.Entry?
    ) throws {
        let path = source.destination
        let target = source.entry.linkTarget ?? []
        entry.content = ContentDigest(SHA256.hash(data: target))
        entry.size = Int64(target.count)
        let isNew = previous?.content != entry.content
        if isNew { try tree.makeLink(path, to: target) }
        try settleMetadata(path, &entry, previous, isNew: isNew)
    }

    /// Mode and mtime of a file or link. What the builder may have seen with another content or mode gets an
    /// mtime that nothing else of the same size has had under this path.
    ///
    /// - Parameter isNew: whether it has been written anew, even if with the same content.
    private mutating func settleMetadata(
        _ path: BytePath, _ entry: inout SnapshotManifest.Entry, _ previous: SnapshotManifest.Entry?,
        isNew: Bool
    ) throws {
        if !isNew, previous?.mode == entry.mode, previous?.modified == entry.modified { return }
        // The same as before keeps the time that it was given then.
        if let previous, previous.content != entry.content || previous.mode != entry.mode {
            new.remember(previous, at: path, replacedBy: entry)
        }
        entry.modified = new.freshModificationTime(for: entry, at: path)
        if entry.kind != .symbolicLink { try tree.setMode(path, entry.mode) }
        entry.modified = try tree.setTime(path, entry.modified)
    }

    // MARK: Folders

    /// Deepest first, since giving a folder its mode or filling it would undo the one above.
    private func finishDirectories(_ sources: [SnapshotSource]) throws {
        for source in sources.reversed() where source.entry.status.kind == .directory {
            let path = source.destination
            try tree.setMode(path, source.entry.status.mode)
            try tree.setTime(path, source.entry.status.modified)
        }
    }

    /// Removes what is no longer wanted. What a folder holds sorts after it, and so goes before it.
    private mutating func remove(_ paths: [BytePath]) throws {
        for path in paths.sorted().reversed() {
            guard let entry = old.entries[path] else { continue }
            // A read-only folder would not let go of what it holds.
            if let parent = path.parent, let folder = old.entries[parent], folder.mode & 0o200 == 0 {
                try tree.setMode(parent, 0o700)
            }
            try tree.remove(path)
            new.remember(entry, at: path, replacedBy: nil)
            changes.append(InputChange(path: path, kind: .removed))
            old.entries[path] = nil
        }
    }
}
