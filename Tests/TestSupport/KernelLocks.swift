import Glibc

/// What the kernel tells of locks that are waited for.
public enum KernelLocks {
    /// How many wait for the `flock` of a file: lines as `1: -> FLOCK  ADVISORY  WRITE 4711 fd:01:131 0 EOF`.
    ///
    /// - Returns: 0 also when there is no such file.
    public static func waiters(for path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? waiters(forInode: UInt64(status.st_ino)) : 0
    }

    public static func waiters(forInode inode: UInt64) -> Int {
        let file = open("/proc/locks", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        // Foundation's reading ends with the first page of such a file.
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while case let count = read(file, &buffer, buffer.count), count > 0 { text += buffer[..<count] }
        return String(decoding: text, as: UTF8.self).split(separator: "\n").count {
            $0.contains("-> FLOCK") && $0.contains(":\(inode) ")
        }
    }
}
