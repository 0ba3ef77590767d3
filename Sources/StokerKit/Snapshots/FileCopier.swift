import Crypto
import Glibc
import StokerCore

/// One thread's share of an update: brings single entries of a snapshot up to date, each in one pass.
struct FileCopier: ~Copyable {
    /// What is to be done to one entry.
    struct Job {
        var source: SnapshotSource
        /// What stood there before, if it is of the same kind and no hard link of another.
        var previous: SnapshotManifest.Entry?
        /// Whether something of that name is there.
        var isThere: Bool
        /// What the live file is known to hold; `nil` reads it.
        var known: ContentDigest?
        /// What the builder may have seen under this path.
        var traces: [SnapshotManifest.Trace]
        /// Whether other entries are hard links of it, so that it has to be the very file that was walked.
        var isLinked: Bool
    }

    struct Done {
        var entry: SnapshotManifest.Entry
        /// The live file's, when it was read: as it was when it was opened.
        var status: FileStatus?
        /// Whether the stat index may vouch for it from now on.
        var isSettled: Bool
    }

    private var readers: [Int: Reader] = [:]
    private let trees: [LiveTree]
    private var writer: SnapshotTree.Writer
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
    /// How far a file may grow while it is copied before the copying ends.
    private static let growth: Int64 = 64 << 20

    /// A class, so that a dictionary can hold it.
    private final class Reader {
        var reader: LiveTree.Reader
        init(_ tree: LiveTree) { reader = LiveTree.Reader(tree) }
    }

    init(from trees: [LiveTree], to tree: SnapshotTree) {
        self.trees = trees
        writer = SnapshotTree.Writer(tree)
    }

    deinit { buffer.deallocate() }

    mutating func run(_ job: Job) throws -> Done {
        let source = job.source
        let path = source.destination
        let status = source.entry.status
        var done = Done(entry: SnapshotManifest.Entry(source), status: nil, isSettled: false)
        switch status.kind {
        case .file:
            try copyFile(job, &done)
        case .symbolicLink:
            if job.previous?.content != done.entry.content {
                try writer.makeLink(path, to: source.entry.linkTarget ?? [])
            }
            try finish(job, &done)
        case .fifo, .socket, .characterDevice, .blockDevice:
            if job.previous?.device != done.entry.device {
                try writer.makeNode(path, mode: done.entry.mode, device: done.entry.device)
            }
            let noted = try writer.finish(path, mode: done.entry.mode, modified: done.entry.modified)
            done.entry.note(noted)
        case .directory, .unknown: break
        }
        return done
    }

    private mutating func copyFile(_ job: Job, _ done: inout Done) throws {
        let path = job.source.destination
        if case .live(let number) = job.source.origin {
            if let previous = job.previous, let known = job.known, known == previous.content {
                done.entry.content = known
                done.entry.hiddenAttributes = previous.hiddenAttributes
                return try finish(job, &done)
            }
            return try copy(job, from: number, &done)
        }
        guard case .made(let bytes) = job.source.origin else { return }
        if job.previous?.content == done.entry.content { return try finish(job, &done) }
        let file = try writer.makeFile(path, replacing: job.isThere)
        try bytes.withUnsafeBytes { try writer.write($0, to: file, path) }
        try finish(job, file, .none, &done)
    }

    /// Copies a live file, and digests what it copies.
    private mutating func copy(_ job: Job, from tree: Int, _ done: inout Done) throws {
        let source = job.source.entry
        let path = job.source.destination
        let reader = readers[tree] ?? Reader(trees[tree])
        readers[tree] = reader
        let live = try reader.reader.open(source.path)
        let started = WallClock.nanoseconds()
        let status = try FileCopier.status(live, source.path)
        let isSame = status.isSameFile(as: source.status)
        guard status.kind == .file, isSame || !job.isLinked else { throw InputsMoved(path: source.path) }
        let attributes: ExtendedAttributes
        do {
            attributes = try ExtendedAttributes(of: live.descriptor, path: source.path.description)
        } catch { throw error.stokerError(.badInput) }
        let file = try writer.makeFile(path, replacing: job.isThere)
        var hasher = SHA256()
        var size: Int64 = 0
        while true {
            let count = read(live.descriptor, buffer.baseAddress, buffer.count)
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemCallError.last("read", source.path.description).stokerError(.badInput)
            }
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            hasher.update(bufferPointer: bytes)
            try writer.write(bytes, to: file, path)
            size += Int64(count)
            // A log that is written faster than it is copied would never end.
            if size > status.size + FileCopier.growth { break }
        }
        // Only of a file that stood still while it was read is the status worth remembering.
        let after = try FileCopier.status(live, source.path)
        done.isSettled = after == status && StatIndex.isSettled(status, started: started)
        done.status = status
        done.entry.mode = status.mode
        done.entry.modified = status.modified
        done.entry.note(attributes, with: ContentDigest(hasher.finalize()))
        done.entry.size = size
        try finish(job, file, attributes, &done)
    }

    private static func status(_ file: borrowing OpenFile, _ path: BytePath) throws -> FileStatus {
        var status = stat()
        guard fstat(file.descriptor, &status) == 0 else {
            throw SystemCallError.last("stat", path.description).stokerError(.badInput)
        }
        return FileStatus(status)
    }

    // MARK: Mode and time

    /// What the builder may have seen with another content or mode gets an mtime that nothing else of the same
    /// size has had under this path.
    private func finish(
        _ job: Job, _ file: borrowing OpenFile, _ attributes: ExtendedAttributes, _ done: inout Done
    ) throws {
        done.entry.modified = job.freshModificationTime(for: done.entry)
        done.entry.note(
            try writer.finish(
                file, job.source.destination, mode: done.entry.mode, attributes: attributes,
                modified: done.entry.modified))
    }

    private mutating func finish(_ job: Job, _ done: inout Done) throws {
        done.entry.modified = job.freshModificationTime(for: done.entry)
        done.entry.note(
            try writer.finish(
                job.source.destination, mode: done.entry.mode, modified: done.entry.modified))
    }
}

extension FileCopier.Job {
    func freshModificationTime(for entry: SnapshotManifest.Entry) -> Int64 {
        guard let previous, previous.content != entry.content || previous.mode != entry.mode else {
            // The same as before keeps the time that it was given then.
            return traces.freshModificationTime(for: entry)
        }
        let seen = SnapshotManifest.Trace(previous, link: nil)
        return (traces + [seen]).freshModificationTime(for: entry)
    }
}

extension SnapshotManifest.Entry {
    /// As the walk met it; a file's content is not known yet.
    init(_ source: SnapshotSource) {
        let status = source.entry.status
        self.init(
            mode: status.mode, content: .zero, size: status.size, modified: status.modified,
            device: status.specialDevice)
        switch status.kind {
        case .file:
            if case .made(let bytes) = source.origin { content = ContentDigest(SHA256.hash(data: bytes)) }
        case .symbolicLink:
            let target = source.entry.linkTarget ?? []
            content = ContentDigest(SHA256.hash(data: target))
            size = Int64(target.count)
        default:
            size = 0
            note(source.entry.attributes, with: .zero)
        }
    }

    /// - Parameter bytes: The digest of what else there is of it.
    mutating func note(_ attributes: ExtendedAttributes, with bytes: ContentDigest) {
        content = attributes.digest(with: bytes)
        hiddenAttributes = attributes.isHiddenFromCache ? 1 : 0
    }

    /// How the copy looks when it is done. Not every file system keeps nanoseconds.
    mutating func note(_ status: FileStatus) {
        inode = status.inode
        changed = status.changed
        if kind != .directory { modified = status.modified }
    }
}
