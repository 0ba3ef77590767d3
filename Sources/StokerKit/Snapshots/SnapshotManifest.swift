import StokerCore

/// What a snapshot holds, path by path, and what of it the builder may have seen before.
///
/// BuildKit decides by size and mtime which files it fetches again, and keeps what it fetched under the
/// snapshot's path. So a pair of size and mtime must never stand for two contents, or for two modes, under
/// one path, not even with a failed build between the two. A folder's mode and attributes it never looks at
/// again, and a file that became a hard link, or is one no more, it overlooks as well.
///
/// Entries and paths lie in two pieces of memory, since there may be a hundred thousand of them.
struct SnapshotManifest: Equatable {
    /// Written to disk as it lies in memory.
    struct Entry: Equatable, BitwiseCopyable {
        /// Of a file's bytes and extended attributes, of a folder's attributes or of a link's target; zero for
        /// everything else, and for a folder without attributes.
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
        /// `S_IFMT` and permission bits, as in `st_mode`.
        var mode: UInt32
        /// The number of the entry that this one is a hard link of.
        var link: UInt32 = Entry.noLink
        /// 1 when there are attributes that BuildKit's cache of layers does not look at, else 0.
        var hiddenAttributes: UInt64 = 0

        static let noLink = UInt32.max

        init(
            mode: UInt32, content: ContentDigest, size: Int64, modified: Int64, device: UInt64
        ) {
            self.mode = mode
            self.content = content
            self.size = size
            self.modified = modified
            self.device = device
        }

        var kind: FileStatus.Kind { FileStatus.kind(ofMode: mode) }
        var isLink: Bool { link != Entry.noLink }
    }

    struct Record: Equatable, BitwiseCopyable {
        var entry: Entry
        var pathOffset: UInt32
        var pathLength: UInt32
    }

    /// What the builder may know under a path.
    struct Trace: Equatable {
        var mode: UInt32
        var size: Int64
        var modified: Int64
        var content: ContentDigest
        /// What it was a hard link of.
        var link: BytePath?
    }

    /// The digest of the inputs that it holds.
    var inputs: ContentDigest?
    /// In byte order of their paths.
    private(set) var records: [Record] = []
    /// Each ends in a zero byte, for system calls.
    private(set) var paths: [UInt8] = []
    /// Contents that a path had before the present one.
    var traces: [BytePath: [Trace]] = [:]

    /// Beyond this many traces a new folder is cheaper than the memory of them.
    static let traceLimit = 50_000

    var traceCount: Int { traces.values.reduce(0) { $0 + $1.count } }

    init() {}

    init(records: [Record], paths: [UInt8]) {
        self.records = records
        self.paths = paths
    }

    // MARK: Entries

    var count: Int { records.count }

    subscript(number: Int) -> Entry {
        get { records[number].entry }
        set { records[number].entry = newValue }
    }

    mutating func reserveCapacity(entries: Int, paths bytes: Int) {
        records.reserveCapacity(entries)
        paths.reserveCapacity(bytes)
    }

    /// - Precondition: Paths come in byte order.
    mutating func append(_ path: BytePath, _ entry: Entry) {
        records.append(
            Record(entry: entry, pathOffset: UInt32(paths.count), pathLength: UInt32(path.bytes.count)))
        paths.append(contentsOf: path.bytes)
        paths.append(0)
    }

    func path(_ number: Int) -> BytePath {
        let start = Int(records[number].pathOffset)
        return BytePath(bytes: Array(paths[start..<start + Int(records[number].pathLength)]))
    }

    /// Whether there is anything that BuildKit's cache of layers takes for the same although it is not.
    var hasHiddenAttributes: Bool { records.contains { $0.entry.hiddenAttributes != 0 } }

    /// What an entry is a hard link of.
    func link(of number: Int) -> BytePath? {
        let link = records[number].entry.link
        return link == Entry.noLink ? nil : path(Int(link))
    }

    /// Below, at or above zero: where an entry's path stands to `path`.
    func compare(_ number: Int, _ path: BytePath) -> Int {
        let record = records[number]
        return paths.withUnsafeBufferPointer { all in
            path.bytes.withUnsafeBufferPointer { other in
                let start = Int(record.pathOffset)
                for index in 0..<min(Int(record.pathLength), other.count)
                where all[start + index] != other[index] {
                    return Int(all[start + index]) - Int(other[index])
                }
                return Int(record.pathLength) - other.count
            }
        }
    }

    /// The number of the entry at `path`; `nil` when there is none.
    func number(of path: BytePath) -> Int? {
        var low = 0
        var high = records.count
        while low < high {
            let middle = (low + high) / 2
            let order = compare(middle, path)
            if order == 0 { return middle }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    /// About what the copy takes on disk, bytes: whole blocks of the usual size.
    var bytesOnDisk: Int64 {
        let block: Int64 = 4096
        return records.reduce(Int64(0)) { total, record in
            switch record.entry.kind {
            case .directory: total.addingClamped(block)
            case .file where !record.entry.isLink:
                total.addingClamped(record.entry.size.addingClamped(block - 1) / block * block)
            default: total
            }
        }
    }
}

extension SnapshotManifest {
    /// Follows the folders that a builder is given to the names of another generation, which are as long.
    ///
    /// - Parameter status: Of such a folder, since a new name changes its stamps.
    mutating func move(to roots: SnapshotRoots, status: (BytePath) throws -> FileStatus) throws {
        for number in records.indices {
            let start = Int(records[number].pathOffset)
            let path = paths[start..<start + Int(records[number].pathLength)]
            let end = path.firstIndex(of: UInt8(ascii: "/")) ?? path.endIndex
            let generation = Array(roots.generation.utf8)
            paths.replaceSubrange(end - generation.count..<end, with: generation)
            if end == path.endIndex { records[number].entry.note(try status(self.path(number))) }
        }
    }
}

// MARK: Traces

extension SnapshotManifest {
    /// - Parameters:
    ///   - link: What it was a hard link of.
    ///   - replacement: What comes after it; what no builder can tell from it leaves no trace.
    mutating func remember(
        _ entry: Entry, link: BytePath? = nil, at path: BytePath, replacedBy replacement: Trace? = nil
    ) {
        let trace = Trace(entry, link: link)
        if replacement == trace { return }
        if traces[path]?.contains(trace) != true { traces[path, default: []].append(trace) }
    }
}

extension [SnapshotManifest.Trace] {
    /// Whether the builder could take `new` for something else that it has seen.
    func isMistakable(_ new: SnapshotManifest.Trace) -> Bool {
        contains { $0 != new && ($0.looksLike(new) || $0.link != new.link) }
    }

    /// The mtime to give a file or link: its own, or as many nanoseconds later as it takes for the builder to
    /// notice it. What it would not notice by any time does not count.
    func freshModificationTime(for entry: SnapshotManifest.Entry) -> Int64 {
        var trace = SnapshotManifest.Trace(entry, link: nil)
        while contains(where: { $0.link == nil && $0 != trace && $0.looksLike(trace) }) {
            trace.modified = trace.modified == .max ? .min : trace.modified + 1
        }
        return trace.modified
    }
}

extension SnapshotManifest.Trace {
    init(_ entry: SnapshotManifest.Entry, link: BytePath?) {
        // A folder's time changes with what is in it, and no builder looks at it.
        let modified = entry.kind == .directory ? 0 : entry.modified
        self.init(
            mode: entry.mode, size: entry.size, modified: modified, content: entry.content, link: link)
    }

    /// By all that a builder compares.
    fileprivate func looksLike(_ other: SnapshotManifest.Trace) -> Bool {
        FileStatus.kind(ofMode: mode) == FileStatus.kind(ofMode: other.mode) && size == other.size
            && modified == other.modified
    }
}
