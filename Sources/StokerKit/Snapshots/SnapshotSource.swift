import Glibc
import StokerCore

/// One thing to copy: where it is, and where it goes in the snapshot.
struct SnapshotSource: Sendable {
    enum Origin: Sendable {
        /// The entry's path in one of the live trees.
        case live(Int)
        /// Bytes that are known already; a folder without any.
        case made([UInt8])
    }
    let origin: Origin
    var entry: ContextEntry
    /// Below the snapshot's `tree`.
    let destination: BytePath
    /// Whether it can influence the image; if not, the builder only has to find it.
    var counts = true

    /// A folder of the snapshot's own.
    static func folder(at destination: BytePath) -> SnapshotSource {
        made([], S_IFDIR | 0o755, destination)
    }

    /// A file of the snapshot's own.
    static func file(_ bytes: [UInt8], at destination: BytePath) -> SnapshotSource {
        made(bytes, S_IFREG | 0o644, destination)
    }

    private static func made(_ bytes: [UInt8], _ mode: mode_t, _ destination: BytePath) -> SnapshotSource {
        var status = stat()
        status.st_mode = mode
        status.st_size = bytes.count
        return SnapshotSource(
            origin: .made(bytes), entry: ContextEntry(path: destination, status: FileStatus(status)),
            destination: destination)
    }
}
