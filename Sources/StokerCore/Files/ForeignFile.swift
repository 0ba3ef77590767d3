import Glibc
import SystemPackage

/// Tells Stoker's own files in folders that others can write to from those that somebody has put in their place.
enum ForeignFile {
    /// Why a file must not be written into, nor believed; `nil` when it may.
    ///
    /// A file with other names would be written under those too. One may belong to us, to root, or to the owner of its
    /// folder: so root can run Stoker in a user's project, and the user afterwards.
    ///
    /// - Parameter folder: the one that it is in.
    static func objection(to status: FileStatus, in folder: FilePath) -> String? {
        if status.links > 1 { return "it has other names too (hard links)" }
        if status.owner == geteuid() || status.owner == 0 { return nil }
        if let parent = try? FileStatus.of(folder.string.isEmpty ? "." : folder.string),
            parent.owner == status.owner
        {
            return nil
        }
        return "it belongs to another user (id \(status.owner))"
    }
}
