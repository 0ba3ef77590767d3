import Crypto
import Dispatch
import Glibc
import Synchronization
import SystemPackage

/// Digests the contents of files below a root, several at once, without ever holding a whole one in memory.
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

    struct Hashed: Sendable {
        var digest: ContentDigest
        /// As the file was when the reading began.
        var status: FileStatus
        /// Whether the file was the same before and after, and its stamps old enough to vouch for it.
        var isSettled: Bool
    }

    /// - Returns: One result for each entry, in order.
    /// - Throws: `InputsMoved` when a file is not the one that was walked; `StokerError` (`badInput`) when
    ///   one cannot be read.
    func hash(_ entries: [ContextEntry]) throws -> [Hashed] {
        if entries.isEmpty { return [] }
        var results = [Hashed?](repeating: nil, count: entries.count)
        let next = Atomic(0)
        let failure = Mutex<(any Error)?>(nil)
        let workers = min(ProcessorCount.online, (entries.count + ContentHasher.run - 1) / ContentHasher.run)
        results.withUnsafeMutableBufferPointer { results in
            // Each worker writes the elements of its own runs alone.
            nonisolated(unsafe) let results = results
            let work: @Sendable (Int) -> Void = { _ in
                var worker = Worker(hasher: self)
                while failure.withLock({ $0 == nil }) {
                    let start = next.add(ContentHasher.run, ordering: .relaxed).oldValue
                    if start >= entries.count { return }
                    for index in start..<min(start + ContentHasher.run, entries.count) {
                        do { results[index] = try worker.hash(entries[index]) } catch {
                            failure.withLock { $0 = $0 ?? error }
                            return
                        }
                    }
                }
            }
            if workers == 1 {
                work(0)
            } else {
                DispatchQueue.concurrentPerform(iterations: workers, execute: work)
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
        return results.compactMap(\.self)
    }

    /// One thread's buffer, and the folder that it read from last.
    private struct Worker: ~Copyable {
        let hasher: ContentHasher
        var buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: ContentHasher.bufferSize, alignment: 64)
        var folder: OpenFile?
        var folderPath: BytePath?

        init(hasher: ContentHasher) { self.hasher = hasher }

        deinit { buffer.deallocate() }

        mutating func hash(_ entry: ContextEntry) throws -> Hashed {
            // A file always has a parent; only the root has none.
            let parent = entry.path.parent ?? .root
            if folderPath != parent {
                folder = try DirectoryCursor(root: hasher.root).open(parent)
                folderPath = parent
            }
            let descriptor = folder?.descriptor ?? hasher.root
            do throws(SystemCallError) {
                let file = try DirectoryCursor.withName(entry.path.name) { name throws(SystemCallError) in
                    try OpenFile.open(
                        name, in: descriptor, flags: O_RDONLY | O_NONBLOCK, path: entry.path.description)
                }
                if let hashed = try hash(file, entry) { return hashed }
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

        /// `nil` when it is another file than the one that was walked.
        private func hash(
            _ file: borrowing OpenFile, _ entry: ContextEntry
        ) throws(SystemCallError) -> Hashed? {
            let started = WallClock.nanoseconds()
            let before = try file.status(path: entry.path.description)
            guard before.kind == .file, before.device == entry.status.device,
                before.inode == entry.status.inode
            else { return nil }
            var hash = SHA256()
            var length: Int64 = 0
            while true {
                let count = try file.read(into: buffer, path: entry.path.description)
                if count == 0 { break }
                hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                length += Int64(count)
                // A log that is written faster than it is read would never end.
                if length > before.size + ContentHasher.growth { break }
            }
            let after = try file.status(path: entry.path.description)
            let isSame =
                before.size == after.size && before.modified == after.modified
                && before.changed == after.changed && length == before.size
            return Hashed(
                digest: ContentDigest(hash.finalize()), status: before,
                isSettled: isSame && StatIndex.isSettled(before, started: started))
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

enum ProcessorCount {
    /// Asked once: it reads a file of the kernel's.
    static let online = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
}
