import Glibc
import StokerCore
import SystemPackage

/// Whole trees of Stoker's own, whose names may be any bytes.
enum FileTree {
    /// Removes `folder` with everything below it. Folders that were copied read-only are made writable
    /// first. What resists is left to the next attempt.
    static func remove(_ folder: FilePath) {
        visit(folder.string, below: AT_FDCWD, makeReadable: true) { directory, name, isDirectory in
            unlinkat(directory, name, isDirectory ? AT_REMOVEDIR : 0)
        }
    }

    /// Bytes on disk.
    static func size(_ folder: FilePath) -> Int64 {
        var total: Int64 = 0
        visit(folder.string, below: AT_FDCWD, makeReadable: false) { directory, name, _ in
            var status = stat()
            guard fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return }
            // st_blocks counts units of 512 bytes, whatever the file system's own are.
            total += Int64(status.st_blocks) * 512
        }
        return total
    }

    /// Each entry after what is in it.
    private static func visit(
        _ name: UnsafePointer<CChar>, below directory: Int32, makeReadable: Bool,
        _ body: (_ directory: Int32, _ name: UnsafePointer<CChar>, _ isDirectory: Bool) -> Void
    ) {
        var status = stat()
        guard fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return }
        guard FileStatus(status).kind == .directory else { return body(directory, name, false) }
        if makeReadable { fchmodat(directory, name, 0o700, 0) }
        let descriptor = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if let stream = descriptor >= 0 ? fdopendir(descriptor) : nil {
            while let entry = readdir(stream) {
                withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                    tuple.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { child in
                        if strcmp(child, ".") == 0 || strcmp(child, "..") == 0 { return }
                        visit(child, below: dirfd(stream), makeReadable: makeReadable, body)
                    }
                }
            }
            closedir(stream)
        }
        body(directory, name, true)
    }
}
