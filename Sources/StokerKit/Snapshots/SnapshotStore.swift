import Crypto
import Foundation
import Glibc
public import StokerCore
public import SystemPackage

/// Stoker's own copies of inputs, one folder an image.
///
///     <cache>/snapshots/lock                       held while a generation is chosen, or some are taken away
///                       <image's key>/project      the project's path; its mtime is that of the last use
///                                     <generation>/lock       held while the folder is changed or read
///                                                  manifest   only while the folder is whole
///                                                  tree/…     the copy; its folders are `SnapshotRoots`
///     <cache>/index/<image's key>                  the stat index of its inputs
///
/// A generation's name is part of what BuildKit remembers files under, so a new one makes it fetch everything anew.
public struct SnapshotStore: Sendable {
    let folder: FilePath
    let limits: SnapshotLimits
    private let indexes: FilePath

    public init(cache: FilePath, limits: SnapshotLimits = .standard) {
        folder = cache.appending("snapshots")
        indexes = cache.appending("index")
        self.limits = limits
    }

    /// Where an image's stat index is.
    func index(ofKey key: String) -> FilePath { indexes.appending(key) }

    /// Names one image of one project on one machine, for files and tags.
    ///
    /// Containers that share an engine often have their project at the same path; they must not take each
    /// other's temporary tags for leftovers.
    func key(project: FilePath, image: String) -> String {
        let parts = [MachineIdentity.text, folder.string, project.string, image]
        var hash = SHA256()
        hash.update(data: Array(parts.joined(separator: "\0").utf8))
        // Eight bytes of it.
        return String(ContentDigest(hash.finalize()).hex.prefix(16))
    }

    /// Takes the image's snapshot for itself: the one that is there if it is whole and free, else a new,
    /// empty one. What is neither whole nor in use is removed.
    ///
    /// A generation can be in use although the caller holds the image's build lock: by a builder's client
    /// that outlived a killed parent.
    ///
    /// - Parameter project: The project's folder; when it is gone, so is the snapshot.
    func open(key: String, project: FilePath? = nil) throws -> Snapshot {
        try PrivateDirectory.create(folder)
        let gate = try gate(LOCK_SH)
        defer { gate?.unlock() }
        let home = folder.appending(key)
        try PrivateDirectory.create(home)
        if let project { SnapshotHome(folder: home).noteUse(by: project) }
        var chosen: Snapshot?
        for generation in SnapshotHome(folder: home).generations {
            guard let snapshot = try Snapshot(existing: generation) else { continue }
            if chosen == nil, snapshot.state == .whole {
                chosen = snapshot
            } else {
                snapshot.remove()
            }
        }
        return try chosen ?? Snapshot(newIn: home)
    }
}
