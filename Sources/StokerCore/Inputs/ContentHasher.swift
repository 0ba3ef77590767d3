import Crypto
import Glibc
import Synchronization
import SystemPackage

/// Digests the contents of files below a root, with their extended attributes, several at once, without ever
/// holding a whole one in memory.
struct ContentHasher {
    /// Stays open by the caller's care.
    let root: Int32
    /// For messages: which context, and where to leave a file out.
    let rootName: String
    let ignoreName: String

    static let bufferSize = 256 << 10
    /// Files are handed out in runs, since neighbours share the folder that has to be opened for them.
    private static let run = 32
    /// How far a file may grow while it is read before the reading ends.
    private static let growth: Int64 = 64 << 20

    struct Hashed: Sendable, Equatable {
        var digest: ContentDigest
        /// Whether the file was the same before and after, and its stamps old enough to vouch for it.
        var isSettled: Bool
    }

    /// Also corrects the status of files that were changed between walk and reading.
    ///
    /// - Returns: One result for each file, in order.
    /// - Throws: `InputsMoved` when a file is not the one that was walked; `StokerError` (`badInput`) when
    ///   one cannot be read.
    func hash(_ entries: [WalkedTree.FilePlace]) throws -> [Hashed] {
        if entries.isEmpty { return [] }
        var results = [Hashed](
            repeating: Hashed(digest: .zero, isSettled: false), count: entries.count)
        let changed = Mutex<[(place: WalkedTree.FilePlace, status: FileStatus)]>([])
        try results.withUnsafeMutableBufferPointer { results in
            try ParallelRuns.forEach(
                entries.count, run: ContentHasher.run, makeWorker: { Worker(hasher: self) }
            ) { worker, index in
                let (hashed, status) = try worker.hash(entries[index])
                results[index] = hashed
                if status != entries[index].status {
                    changed.withLock { $0.append((entries[index], status)) }
                }
            }
        }
        for (place, status) in changed.withLock({ $0 }) { place.update(status) }
        return results
    }

    /// One thread's buffer, and the folder that it read from last.
    private struct Worker: ~Copyable {
        let hasher: ContentHasher
        var buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: ContentHasher.bufferSize, alignment: 64)
        var folder: OpenFile?
        var folderFound: WalkedDirectory?

        init(hasher: ContentHasher) { self.hasher = hasher }

        deinit { buffer.deallocate() }

        mutating func hash(_ entry: WalkedTree.FilePlace) throws -> (Hashed, FileStatus) {
            if folderFound !== entry.directory {
                folder = try DirectoryCursor(root: hasher.root).open(entry.directory.path)
                folderFound = entry.directory
            }
            let descriptor = folder?.descriptor ?? hasher.root
            do throws(SystemCallError) {
                if let hashed = try hash(try open(entry, in: descriptor), entry) { return hashed }
                throw SystemCallError("open", entry.path.description, errno: .noSuchFileOrDirectory)
            } catch {
                switch error.errno {
                case .noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels,
                    .noSuchAddressOrDevice:
                    throw InputsMoved(path: entry.path)
                default:
                    throw StokerError(
                        .badInput, "cannot read \(entry.path) in the build context \(hasher.rootName)",
                        cause: error.errno.description,
                        nextStep: "make it readable or add it to \(hasher.ignoreName)")
                }
            }
        }

        private func open(
            _ entry: WalkedTree.FilePlace, in directory: Int32
        ) throws(SystemCallError) -> OpenFile {
            let descriptor = entry.withName { name in
                withTerminated(name) { name in
                    while true {
                        let flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW
                        let descriptor = openat(directory, name, flags)
                        if descriptor >= 0 || errno != EINTR { return descriptor }
                    }
                }
            }
            if descriptor < 0 { throw .last("open", entry.path.description) }
            return OpenFile(adopting: descriptor)
        }

        /// With the file's status when the reading began; `nil` when it is another file than the one that
        /// was walked.
        private func hash(
            _ file: borrowing OpenFile, _ entry: WalkedTree.FilePlace
        ) throws(SystemCallError) -> (Hashed, FileStatus)? {
            let started = WallClock.nanoseconds()
            let before = try file.status(path: entry.path.description)
            guard before.kind == .file, before.isSameFile(as: entry.status) else { return nil }
            let attributes = try ExtendedAttributes(of: file.descriptor, path: entry.path.description)
            var after: FileStatus?
            var hash = SHA256()
            var length: Int64 = 0
            while true {
                let count = try file.read(into: buffer, path: entry.path.description)
                if count == 0 { break }
                hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                length += Int64(count)
                // A file that is as long as what was read of it is at its end, without another call to say so.
                if length == before.size {
                    let now = try file.status(path: entry.path.description)
                    if now.size == length {
                        after = now
                        break
                    }
                }
                // A log that is written faster than it is read would never end.
                if length > before.size + ContentHasher.growth { break }
            }
            let last = if let after { after } else { try file.status(path: entry.path.description) }
            let isSame =
                before.size == last.size && before.modified == last.modified
                && before.changed == last.changed && length == before.size
            let isSettled = isSame && StatIndex.isSettled(before, started: started)
            let digest = attributes.digest(with: ContentDigest(hash.finalize()))
            return (Hashed(digest: digest, isSettled: isSettled), before)
        }
    }
}

/// The clock that the kernel stamps files by.
public enum WallClock {
    /// Since 1970.
    public static func nanoseconds() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }
}
