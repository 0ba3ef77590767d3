import Glibc
package import SystemPackage

/// Tells a socket that a dead process has left from one that somebody listens on.
package enum StaleSocket {
    /// Whether it is a socket of ours that nobody listens on. `false` also where that cannot be told.
    package static func isAt(_ path: FilePath) -> Bool {
        guard path.string.utf8.count <= SocketPath.limit, let status = try? FileStatus.of(path.string),
            status.kind == .socket, status.owner == geteuid()
        else { return false }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.string.utf8) }
        // It does not wait for one who accepts nobody at present.
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return result != 0 && errno == ECONNREFUSED
    }
}
