import Glibc
import StokerCore
import SystemPackage

/// Whole trees of Stoker's own, whose names may be any bytes.
enum FileTree {
    /// Removes `folder` with everything below it. Folders that were copied read-only are made writable
    /// first. What resists is left to the next attempt.
    static func remove(_ folder: FilePath) {
        FileTreeDescent.visit(folder, makesReadable: true) { directory, name, isDirectory in
            unlinkat(directory, name, isDirectory ? AT_REMOVEDIR : 0)
        }
    }

    /// Bytes on disk.
    static func size(_ folder: FilePath) -> Int64 {
        var total: Int64 = 0
        FileTreeDescent.visit(folder, makesReadable: false) { directory, name, _ in
            var status = stat()
            guard fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return }
            // st_blocks counts units of 512 bytes, whatever the file system's own are.
            total = total.addingClamped(Int64(status.st_blocks) * 512)
        }
        return total
    }
}
