import StokerCore

/// What a snapshot holds, path by path, and what of it the builder may have seen before.
///
/// BuildKit decides by size and mtime which files it fetches again, and keeps what it fetched under the
/// snapshot's path. So a pair of size and mtime must never stand for two contents, or for two modes, under
/// one path, not even with a failed build between the two. A folder's mode it never looks at again.
struct SnapshotManifest: Equatable {
    struct Entry: Equatable {
        /// `S_IFMT` and permission bits, as in `st_mode`.
        var mode: UInt32
        /// Of a file's bytes or a link's target; zero for everything else.
        var content: ContentDigest
        /// Bytes.
        var size: Int64
        /// The mtime in the snapshot, ns since 1970; mostly the original's.
        var modified: Int64
        /// For device nodes.
        var device: UInt64
        /// Of the copy as it was when the update ended: as long as they are the same, nobody has touched it.
        /// A cache cleaner, for one, takes files by their age and leaves the manifest.
        var inode: UInt64 = 0
        /// The copy's change time, ns since 1970, which no program can set.
        var changed: Int64 = 0

        var kind: FileStatus.Kind { FileStatus.kind(ofMode: mode) }
    }

    /// What the builder may know under a path.
    struct Trace: Equatable {
        var mode: UInt32
        var size: Int64
        var modified: Int64
        var content: ContentDigest
    }

    /// The digest of the inputs that it holds.
    var inputs: ContentDigest?
    var entries: [BytePath: Entry] = [:]
    /// Contents that a path had before the present one.
    var traces: [BytePath: [Trace]] = [:]

    /// Beyond this many traces a new folder is cheaper than the memory of them.
    static let traceLimit = 50_000

    var traceCount: Int { traces.values.reduce(0) { $0 + $1.count } }

    /// - Parameter replacement: What comes after it; what no builder can tell from it leaves no trace.
    mutating func remember(_ entry: Entry, at path: BytePath, replacedBy replacement: Entry?) {
        let trace = Trace(entry)
        if replacement.map(Trace.init) == trace { return }
        if traces[path]?.contains(trace) != true { traces[path, default: []].append(trace) }
    }

    /// Whether the builder could take `entry` for something else that it has seen at `path`.
    func isMistakable(_ entry: Entry, at path: BytePath) -> Bool {
        let new = Trace(entry)
        return traces[path]?.contains { $0 != new && $0.looksLike(new) } ?? false
    }

    /// The mtime to give a file or link at `path`: its own, or as many nanoseconds later as it takes for the
    /// builder to notice it.
    func freshModificationTime(for entry: Entry, at path: BytePath) -> Int64 {
        var entry = entry
        while isMistakable(entry, at: path) {
            entry.modified = entry.modified == .max ? .min : entry.modified + 1
        }
        return entry.modified
    }
}

extension SnapshotManifest.Trace {
    init(_ entry: SnapshotManifest.Entry) {
        // A folder's time changes with what is in it, and no builder looks at it.
        let modified = entry.kind == .directory ? 0 : entry.modified
        self.init(mode: entry.mode, size: entry.size, modified: modified, content: entry.content)
    }

    /// By all that a builder compares.
    fileprivate func looksLike(_ other: SnapshotManifest.Trace) -> Bool {
        FileStatus.kind(ofMode: mode) == FileStatus.kind(ofMode: other.mode) && size == other.size
            && modified == other.modified
    }
}

extension SnapshotManifest {
    private static let magic = Array("stoker-snapshot-3\n".utf8)

    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.append(bytes: SnapshotManifest.magic)
        // What it vouches for is not forced to the disk, as that would cost more than it saves.
        writer.append(field: Array(BootID.current.utf8))
        writer.append(field: inputs?.bytes ?? [])
        writer.append(UInt64(entries.count))
        for (path, entry) in entries {
            writer.append(field: path.bytes)
            writer.append(UInt64(entry.mode))
            writer.append(bytes: entry.content.bytes)
            writer.append(UInt64(bitPattern: entry.size))
            writer.append(UInt64(bitPattern: entry.modified))
            writer.append(entry.device)
            writer.append(entry.inode)
            writer.append(UInt64(bitPattern: entry.changed))
        }
        writer.append(UInt64(traces.count))
        for (path, list) in traces {
            writer.append(field: path.bytes)
            writer.append(UInt64(list.count))
            for trace in list {
                writer.append(UInt64(trace.mode))
                writer.append(UInt64(bitPattern: trace.size))
                writer.append(UInt64(bitPattern: trace.modified))
                writer.append(bytes: trace.content.bytes)
            }
        }
        return writer.bytes
    }

    /// `nil` for anything but a whole manifest of this version and of this boot: after a power cut the manifest
    /// may have reached the disk, and the bytes of the copy not.
    init?(encoded bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard reader.bytes(SnapshotManifest.magic.count) == SnapshotManifest.magic,
            reader.field() == Array(BootID.current.utf8),
            let inputs = reader.field(), let entryCount = reader.integer(), entryCount <= UInt64(bytes.count)
        else { return nil }
        self.inputs = ContentDigest(bytes: inputs)
        entries.reserveCapacity(Int(entryCount))
        for _ in 0..<entryCount {
            guard let path = reader.field(), let mode = reader.integer(), let content = reader.digest(),
                let size = reader.integer(), let modified = reader.integer(), let device = reader.integer(),
                let inode = reader.integer(), let changed = reader.integer()
            else { return nil }
            entries[BytePath(bytes: path)] = Entry(
                mode: UInt32(truncatingIfNeeded: mode), content: content, size: Int64(bitPattern: size),
                modified: Int64(bitPattern: modified), device: device, inode: inode,
                changed: Int64(bitPattern: changed))
        }
        guard let pathCount = reader.integer(), pathCount <= UInt64(bytes.count) else { return nil }
        for _ in 0..<pathCount {
            guard let path = reader.field(), let count = reader.integer(), count <= UInt64(bytes.count) else {
                return nil
            }
            var list = [Trace]()
            for _ in 0..<count {
                guard let mode = reader.integer(), let size = reader.integer(),
                    let modified = reader.integer(), let content = reader.digest()
                else { return nil }
                list.append(
                    Trace(
                        mode: UInt32(truncatingIfNeeded: mode), size: Int64(bitPattern: size),
                        modified: Int64(bitPattern: modified), content: content))
            }
            traces[BytePath(bytes: path)] = list
        }
        guard reader.isAtEnd else { return nil }
    }
}
