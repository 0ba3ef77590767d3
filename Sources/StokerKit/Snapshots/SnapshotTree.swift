import Glibc
import StokerCore
import SystemPackage

/// The copy's own folder, and what can be done to paths below it. Whoever holds the snapshot is the only one
/// who changes it, and a path's folders are there, as folders, before the path is touched.
struct SnapshotTree {
    private let root: FilePath
    private let directory: HeldFile

    init(_ root: FilePath) throws(SystemCallError) {
        self.root = root
        directory = try HeldFile(root.string, O_RDONLY | O_DIRECTORY)
    }

    func makeFolder(_ path: BytePath) throws {
        try name(path) { try check(mkdirat(directory.descriptor, $0, 0o700), "create", path) }
    }

    /// A new file that takes the place of what was there.
    func makeFile(_ path: BytePath) throws -> HeldFile {
        try remove(path)
        return try name(path) {
            let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
            let descriptor = openat(directory.descriptor, $0, flags, 0o600)
            guard descriptor >= 0 else { throw failure("write", path) }
            return HeldFile(descriptor: descriptor, path: "\(root)/\(path)")
        }
    }

    func makeLink(_ path: BytePath, to target: [UInt8]) throws {
        try remove(path)
        var bytes = target.map(CChar.init(bitPattern:))
        bytes.append(0)
        try name(path) { try check(symlinkat(bytes, directory.descriptor, $0), "create", path) }
    }

    /// A FIFO or a device.
    func makeNode(_ path: BytePath, mode: UInt32, device: UInt64) throws {
        try remove(path)
        try name(path) {
            guard mknodat(directory.descriptor, $0, mode_t(mode), dev_t(device)) == 0 else {
                throw StokerError(
                    .badInput, "cannot copy the device \(path)", cause: String(cString: strerror(errno)),
                    nextStep: "add it to the ignore file")
            }
        }
    }

    /// What is not there is fine; a folder has to be empty.
    func remove(_ path: BytePath) throws {
        try name(path) {
            if unlinkat(directory.descriptor, $0, 0) == 0 || errno == ENOENT { return }
            try check(unlinkat(directory.descriptor, $0, AT_REMOVEDIR), "remove", path)
        }
    }

    /// - Parameter mode: as in `st_mode`; the type is left out.
    func setMode(_ path: BytePath, _ mode: UInt32) throws {
        try name(path) {
            try check(fchmodat(directory.descriptor, $0, mode_t(mode & 0o7777), 0), "chmod", path)
        }
    }

    /// - Parameter nanoseconds: since 1970.
    /// - Returns: The mtime that it has now. Not every file system keeps nanoseconds.
    @discardableResult
    func setTime(_ path: BytePath, _ nanoseconds: Int64) throws -> Int64 {
        var (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        if rest < 0 { (seconds, rest) = (seconds - 1, rest + 1_000_000_000) }
        let time = timespec(tv_sec: time_t(seconds), tv_nsec: Int(rest))
        return try name(path) {
            let result = utimensat(directory.descriptor, $0, [time, time], AT_SYMLINK_NOFOLLOW)
            try check(result, "set the time of", path)
            return try status($0, path).modified
        }
    }

    private func status(_ name: UnsafePointer<CChar>, _ path: BytePath) throws -> FileStatus {
        var status = stat()
        try check(fstatat(directory.descriptor, name, &status, AT_SYMLINK_NOFOLLOW), "stat", path)
        return FileStatus(status)
    }

    /// Notes how the copy looks now, so that `isAsNoted` can tell whether somebody else has touched it.
    func note(_ manifest: inout SnapshotManifest) throws {
        for path in manifest.entries.keys {
            let status: FileStatus = try name(path) { try self.status($0, path) }
            manifest.entries[path]?.inode = status.inode
            manifest.entries[path]?.changed = status.changed
        }
    }

    /// Whether nothing below the folder has been touched since `note`. A folder's change time tells what has
    /// come into it or gone.
    func isAsNoted(_ manifest: SnapshotManifest) -> Bool {
        manifest.entries.allSatisfy { path, entry in
            let status: FileStatus? = try? name(path) { try self.status($0, path) }
            guard let status else { return false }
            return status.inode == entry.inode && status.changed == entry.changed
        }
    }

    /// Lends a path with the zero byte that system calls want.
    private func name<Value>(_ path: BytePath, _ body: (UnsafePointer<CChar>) throws -> Value) rethrows
        -> Value
    {
        var bytes = path.bytes.map(CChar.init(bitPattern:))
        bytes.append(0)
        return try body(bytes)
    }

    private func check(_ result: Int32, _ call: String, _ path: BytePath) throws {
        if result != 0 { throw failure(call, path) }
    }

    private func failure(_ call: String, _ path: BytePath) -> StokerError {
        SystemCallError.last(call, "\(root)/\(path)").stokerError(.cannotWrite)
    }
}
