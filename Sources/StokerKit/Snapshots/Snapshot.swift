import CLinux
import Foundation
import Glibc
import StokerCore
import SystemPackage

/// A copy of exactly an image's inputs, held under its own lock as long as this object lives.
final class Snapshot {
    /// Changes with each generation.
    private(set) var folder: FilePath
    /// Locked. The builder's client gets it as its standard input, so that the lock outlives us if the
    /// client does.
    let lock: HeldFile
    private(set) var manifest: SnapshotManifest

    enum State {
        /// New, with nothing in it.
        case empty
        /// `manifest` speaks for the folder.
        case whole
        /// An update was begun and has not ended: nothing says what is in the folder.
        case partial
    }

    private(set) var state: State

    private init(folder: FilePath, lock: HeldFile, state: State, manifest: SnapshotManifest = .init()) {
        self.folder = folder
        self.lock = lock
        self.state = state
        self.manifest = manifest
    }

    /// `nil` when somebody uses it.
    convenience init?(existing folder: FilePath) throws {
        let lock: HeldFile
        do {
            lock = try Snapshot.openLock(folder)
        } catch {
            throw error.stokerError(.cannotWrite)
        }
        guard flock(lock.descriptor, LOCK_EX | LOCK_NB) == 0 else { return nil }
        let bytes = try? HeldFile(folder.appending("manifest").string, O_RDONLY).readAll(limit: 1 << 30)
        if let manifest = bytes.flatMap({ SnapshotManifest(encoded: $0) }) {
            self.init(folder: folder, lock: lock, state: .whole, manifest: manifest)
        } else {
            self.init(folder: folder, lock: lock, state: .partial)
        }
    }

    convenience init(newIn home: FilePath) throws {
        let folder = home.appending(Snapshot.freshName())
        for path in [folder, folder.appending("tree")] where mkdir(path.string, 0o700) != 0 {
            throw SystemCallError.last("create", path.string).stokerError(.cannotWrite)
        }
        Snapshot.inheritNothing(folder.appending("tree"))
        do {
            let lock = try Snapshot.openLock(folder)
            guard flock(lock.descriptor, LOCK_EX | LOCK_NB) == 0 else {
                throw SystemCallError.last("lock", lock.path)
            }
            self.init(folder: folder, lock: lock, state: .empty)
        } catch let error as SystemCallError {
            throw error.stokerError(.cannotWrite)
        }
    }

    /// What is made in a folder would inherit the access list that the cache's own folder may have.
    private static func inheritNothing(_ folder: FilePath) {
        removexattr(folder.string, "system.posix_acl_default")
    }

    private static func openLock(_ folder: FilePath) throws(SystemCallError) -> HeldFile {
        try HeldFile(folder.appending("lock").string, O_RDWR | O_CREAT)
    }

    private static func freshName() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    var home: SnapshotHome { SnapshotHome(folder: folder.removingLastComponent()) }

    /// Where the copy is.
    var tree: FilePath { folder.appending("tree") }

    /// The folders in it that a builder is given.
    var roots: SnapshotRoots { SnapshotRoots(generation: folder.lastComponent?.string ?? "") }

    /// To be called before the copy is looked at. What an update that failed half-way has left is not what the
    /// manifest says, and may hold links where the manifest has folders; nor is what somebody else has touched, or
    /// taken away.
    func prepare() throws {
        let isTouched = (try? SnapshotTree(tree).isAsNoted(manifest)) != true
        if state == .partial || isTouched { try startOver() }
    }

    /// To be called before the first change. Whoever finds the folder without a manifest throws it away.
    func beginUpdate() throws {
        let path = folder.appending("manifest")
        guard unlink(path.string) == 0 || errno == ENOENT else {
            throw SystemCallError.last("remove", path.string).stokerError(.cannotWrite)
        }
        state = .partial
    }

    func endUpdate(_ manifest: SnapshotManifest) throws {
        do {
            try AtomicFile.write(
                manifest.encoded(), to: folder.appending("manifest"), mode: 0o600, isDurable: false)
        } catch {
            throw error.stokerError(.cannotWrite)
        }
        self.manifest = manifest
        state = .whole
    }

    /// Throws away what an update that failed has left.
    private func startOver() throws {
        FileTree.remove(tree)
        guard mkdir(tree.string, 0o700) == 0 else {
            throw SystemCallError.last("create", tree.string).stokerError(.cannotWrite)
        }
        Snapshot.inheritNothing(tree)
        try renew()
        manifest = SnapshotManifest()
        state = .empty
    }

    /// Gives the folder and what the builder is given of it names that no builder has seen, so that it fetches
    /// everything anew. To be called between `beginUpdate` and `endUpdate`: a kill half-way leaves nothing that
    /// anybody believes.
    func renew() throws {
        let fresh = SnapshotRoots(generation: Snapshot.freshName())
        let older = try FileManager.default.contentsOfDirectory(atPath: tree.string)
        let renames = older.map { (tree.appending($0), tree.appending(fresh.name(of: $0))) }
        let renewed = folder.removingLastComponent().appending(fresh.generation)
        for (old, new) in renames + [(folder, renewed)] where rename(old.string, new.string) != 0 {
            throw SystemCallError.last("rename", old.string).stokerError(.cannotWrite)
        }
        folder = renewed
    }

    /// Removes the folder as far as that is possible; what stays is removed by the next to come.
    func remove() {
        // First, so that a kill leaves nothing that vouches for what is half gone.
        unlink(folder.appending("manifest").string)
        FileTree.remove(folder)
    }
}
