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

    private static func openLock(_ folder: FilePath) throws(SystemCallError) -> HeldFile {
        try HeldFile(folder.appending("lock").string, O_RDWR | O_CREAT)
    }

    private static func freshName() -> String {
        String(UInt64.random(in: .min ... .max), radix: 16)
    }

    var home: SnapshotHome { SnapshotHome(folder: folder.removingLastComponent()) }

    /// Where the copy is.
    var tree: FilePath { folder.appending("tree") }

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
    func startOver() throws {
        FileTree.remove(tree)
        guard mkdir(tree.string, 0o700) == 0 else {
            throw SystemCallError.last("create", tree.string).stokerError(.cannotWrite)
        }
        try renew()
        manifest = SnapshotManifest()
        state = .empty
    }

    /// Gives the folder a name that the builder has never seen, so that it fetches everything anew.
    func renew() throws {
        let renewed = folder.removingLastComponent().appending(Snapshot.freshName())
        guard rename(folder.string, renewed.string) == 0 else {
            throw SystemCallError.last("rename", folder.string).stokerError(.cannotWrite)
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
