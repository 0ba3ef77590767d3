public import Glibc
public import SystemPackage

/// An open file that closes itself, with the calls that the rest of Stoker needs, each with EINTR retried.
public final class HeldFile: Sendable {
    public let descriptor: Int32
    /// For error messages.
    public let path: String

    public init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    /// Opens `path` itself, never what a symbolic link in its place points to, and never leaks it into a
    /// child. `O_NONBLOCK` keeps a FIFO in a file's place from blocking for ever.
    public convenience init(
        _ path: String, _ flags: Int32, mode: mode_t = 0o600, below directory: Int32 = AT_FDCWD,
        named display: String? = nil
    ) throws(SystemCallError) {
        while true {
            let descriptor = openat(directory, path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, mode)
            if descriptor >= 0 {
                self.init(descriptor: descriptor, path: display ?? path)
                return
            }
            if errno != EINTR { throw .last("open", display ?? path) }
        }
    }

    /// The same for a path that had no symbolic links in it when it was judged: one that is in it by now is not
    /// followed, whether in its folders or in its last component.
    ///
    /// - Throws: `SystemCallError`, with `ELOOP` for such a link.
    public convenience init(
        resolved path: FilePath, _ flags: Int32, mode: mode_t = 0o600
    ) throws(SystemCallError) {
        self.init(descriptor: try ResolvedPath.open(path, flags, mode: mode), path: path.string)
    }

    /// Lets its `flock` go at once, in whatever process it is open. One that is let go by closing alone stays
    /// with a child that is being forked at that moment, until the child runs its program.
    public func unlock() { flock(descriptor, LOCK_UN) }

    /// Whether somebody else holds an exclusive `flock` on it. Asked for an instant and by a shared one, so that two who
    /// ask do not find each other.
    func isLockedByOthers() throws(SystemCallError) -> Bool {
        while flock(descriptor, LOCK_SH | LOCK_NB) != 0 {
            if errno == EINTR { continue }
            if errno == EWOULDBLOCK { return true }
            throw .last("lock", path)
        }
        unlock()
        return false
    }

    public func status() throws(SystemCallError) -> FileStatus {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .last("stat", path) }
        return FileStatus(status)
    }

    /// The whole content.
    ///
    /// - Throws: `SystemCallError` with `EFBIG` when there is more than `limit` bytes.
    public func readAll(limit: Int) throws(SystemCallError) -> [UInt8] {
        var content = [UInt8]()
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count == 0 { return content }
            if count < 0 {
                if errno == EINTR { continue }
                throw .last("read", path)
            }
            content.append(contentsOf: buffer[..<count])
            if content.count > limit {
                throw SystemCallError("read", path, errno: .fileTooLarge)
            }
        }
    }

    public func writeAll(_ bytes: some Collection<UInt8>) throws(SystemCallError) {
        // A copy of a large manifest would cost as much memory again.
        let failure =
            bytes.withContiguousStorageIfAvailable { write($0) }
            ?? Array(bytes).withUnsafeBufferPointer { write($0) }
        if let failure { throw failure }
    }

    private func write(_ bytes: UnsafeBufferPointer<UInt8>) -> SystemCallError? {
        var rest = UnsafeRawBufferPointer(bytes)
        while let start = rest.baseAddress, !rest.isEmpty {
            let count = Glibc.write(descriptor, start, rest.count)
            if count < 0 {
                if errno == EINTR { continue }
                return .last("write", path)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        return nil
    }

    public func truncate() throws(SystemCallError) {
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw .last("truncate", path)
        }
    }

    /// Puts other bytes into the file in one call, so that a reader finds the old ones, or the new ones and what a
    /// longer old content had after them.
    ///
    /// - Returns: whether it could be done.
    @discardableResult
    func replaceAll(_ bytes: [UInt8]) -> Bool {
        pwrite(descriptor, bytes, bytes.count, 0) == bytes.count
            && ftruncate(descriptor, off_t(bytes.count)) == 0
    }

    /// Makes a file of root's the user's whom it is for; nothing where we are not root.
    func give(to owner: UInt32) {
        if geteuid() == 0, owner != 0 { _ = fchown(descriptor, owner, gid_t.max) }
    }

    public func synchronize() throws(SystemCallError) {
        guard fsync(descriptor) == 0 else { throw .last("fsync", path) }
    }
}

extension FileStatus {
    /// Of the path itself; `nil` when there is nothing.
    public static func of(_ path: String, below directory: Int32 = AT_FDCWD) throws(SystemCallError)
        -> FileStatus?
    {
        var status = stat()
        if fstatat(directory, path, &status, AT_SYMLINK_NOFOLLOW) == 0 { return FileStatus(status) }
        if errno == ENOENT || errno == ENOTDIR { return nil }
        throw .last("stat", path)
    }
}
