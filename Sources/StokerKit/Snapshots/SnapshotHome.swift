import Foundation
import Glibc
import StokerCore
import SystemPackage

/// The folder of one image's snapshot: its generations, and a file that names the project and whose
/// modification time is that of the last use.
struct SnapshotHome {
    let folder: FilePath

    private static let note = "project"
    private static let blindCache = "unbuilt-links"

    /// Whether a name in the store is that of a home: what is not is not Stoker's to remove.
    static func isKey(_ name: String) -> Bool {
        name.utf8.count == 16 && name.utf8.allSatisfy(isHexDigit)
    }

    /// Whether a name in a home is that of a generation.
    static func isGeneration(_ name: String) -> Bool {
        (1...16).contains(name.utf8.count) && name.utf8.allSatisfy(isHexDigit)
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    private var names: [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []
    }

    var generations: [FilePath] {
        names.filter(SnapshotHome.isGeneration).map { folder.appending($0) }
    }

    /// Whether there is nothing in it that Stoker does not make.
    var isOurs: Bool {
        names.allSatisfy {
            SnapshotHome.isGeneration($0) || $0 == SnapshotHome.note || $0 == SnapshotHome.blindCache
                || $0 == AtomicFile.scratchPrefix + SnapshotHome.note
        }
    }

    /// Whether there is something that BuildKit's cache of layers does not look at, and that no image has been
    /// built of: hard links that have been made or broken, or access lists, now or before.
    ///
    /// To that cache a hard link is the same as a file of its own with the same bytes, and access lists are
    /// nothing at all, so such a build has to do without the cache. Kept until one has succeeded, whatever fails
    /// or is killed before.
    var isCacheBlind: Bool { access(folder.appending(SnapshotHome.blindCache).string, F_OK) == 0 }

    func noteCacheIsBlind() throws {
        do {
            _ = try HeldFile(folder.appending(SnapshotHome.blindCache).string, O_WRONLY | O_CREAT)
        } catch { throw error.stokerError(.cannotWrite) }
    }

    func noteBuiltWithoutCache() { unlink(folder.appending(SnapshotHome.blindCache).string) }

    /// Remembers that it is used now. Failing to costs no more than time: it may go earlier than it should.
    func noteUse(by project: FilePath) {
        let note = folder.appending(SnapshotHome.note)
        if self.project == project {
            utimensat(AT_FDCWD, note.string, nil, AT_SYMLINK_NOFOLLOW)
        } else {
            try? AtomicFile.write(Array(project.string.utf8), to: note, mode: 0o600, isDurable: false)
        }
    }

    /// The project that it is of; `nil` when nothing says so.
    var project: FilePath? {
        let file = try? HeldFile(folder.appending(SnapshotHome.note).string, O_RDONLY)
        guard let bytes = try? file?.readAll(limit: 1 << 20), !bytes.isEmpty else { return nil }
        return String(validating: bytes, as: UTF8.self).map { FilePath($0) }
    }

    /// Nanoseconds since 1970.
    var lastUse: Int64 {
        let status = try? FileStatus.of(folder.appending(SnapshotHome.note).string)
        return (status ?? (try? FileStatus.of(folder.string)))?.modified ?? 0
    }

    /// On disk, as the manifests remember it; only what is not whole is walked.
    var bytes: Int64 {
        generations.reduce(Int64(0)) { $0.addingClamped(SnapshotHome.bytes($1)) }
    }

    private static func bytes(_ generation: FilePath) -> Int64 {
        guard let manifest = try? HeldFile(generation.appending("manifest").string, O_RDONLY),
            let status = try? manifest.status()
        else { return FileTree.size(generation) }
        var head = [UInt8](repeating: 0, count: SnapshotManifest.headLength)
        let count = read(manifest.descriptor, &head, head.count)
        guard count == head.count, let bytes = SnapshotManifest.bytesOnDisk(head: head) else {
            return FileTree.size(generation)
        }
        return bytes.addingClamped(status.size)
    }

    /// Takes the locks of all generations, so that nobody begins to use one.
    ///
    /// - Returns: `nil` when somebody uses one.
    func lockAll() -> [HeldFile]? {
        var locks: [HeldFile] = []
        var isComplete = false
        defer { if !isComplete { locks.forEach { $0.unlock() } } }
        for generation in generations {
            do {
                let lock = try HeldFile(generation.appending("lock").string, O_RDWR)
                guard flock(lock.descriptor, LOCK_EX | LOCK_NB) == 0 else { return nil }
                locks.append(lock)
            } catch {
                // One that was killed before it had a lock is nobody's.
                if error.errno != .noSuchFileOrDirectory { return nil }
            }
        }
        isComplete = true
        return locks
    }
}
