import Glibc
public import SystemPackage

extension BuildLock {
    /// Whether somebody waits for the lock at `path`, as far as the kernel tells: by lines of `/proc/locks` such as
    /// `1: -> FLOCK  ADVISORY  WRITE 4711 fd:01:131 0 EOF`. It lists those of its own PID namespace alone.
    public static func isWaitedFor(_ path: FilePath) -> Bool {
        guard let status = try? FileStatus.of(path.string),
            let locks = try? HeldFile("/proc/locks", O_RDONLY).readAll(limit: 1 << 24)
        else { return false }
        return String(decoding: locks, as: UTF8.self).split(separator: "\n").contains {
            $0.contains("-> FLOCK") && $0.contains(":\(status.inode) ")
        }
    }
}
