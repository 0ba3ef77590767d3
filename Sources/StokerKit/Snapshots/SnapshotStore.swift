import Crypto
import Foundation
import StokerCore
public import SystemPackage

/// Stoker's own copies of inputs, one folder an image.
///
///     <cache>/snapshots/<image's key>/<generation>/lock       held while the folder is changed or read
///                                                  manifest   only while the folder is whole
///                                                  tree/…     the copy
///
/// The folder's name is part of what BuildKit remembers files under, so a new generation makes it fetch
/// everything anew.
public struct SnapshotStore: Sendable {
    let folder: FilePath

    public init(cache: FilePath) { folder = cache.appending("snapshots") }

    /// Names one image of one project on one machine, for files and tags.
    ///
    /// Containers that share an engine often have their project at the same path; they must not take each
    /// other's temporary tags for leftovers.
    func key(project: FilePath, image: String) -> String {
        let parts = [MachineIdentity.text, folder.string, project.string, image]
        let hash = SHA256.hash(data: Data(parts.joined(separator: "\0").utf8))
        return hash.prefix(8).map { String(format: "%02x", $0) }.joined()
    }

    /// Takes the image's snapshot for itself: the one that is there if it is whole and free, else a new,
    /// empty one. What is neither whole nor in use is removed.
    ///
    /// A generation can be in use although the caller holds the image's build lock: by a builder's client
    /// that outlived a killed parent.
    func open(key: String) throws -> Snapshot {
        let home = folder.appending(key)
        try PrivateDirectory.create(home)
        var chosen: Snapshot?
        for name in (try? FileManager.default.contentsOfDirectory(atPath: home.string)) ?? [] {
            guard let snapshot = try Snapshot(existing: home.appending(name)) else { continue }
            if chosen == nil, snapshot.state == .whole {
                chosen = snapshot
            } else {
                snapshot.remove()
            }
        }
        return try chosen ?? Snapshot(newIn: home)
    }

    /// How much all snapshots take on disk, bytes.
    public func size() async -> Int64 {
        let folder = folder
        return (try? await BlockingWork.run { FileTree.size(folder) }) ?? 0
    }
}
