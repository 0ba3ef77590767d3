import Glibc

/// A Unix socket at a path, somebody's until it is let go: then the file stays, and nobody listens.
public final class SocketFile: Sendable {
    private let descriptor: Int32

    public init(_ path: String) {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8.prefix(107))) }
        let isBound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        precondition(isBound && listen(descriptor, 1) == 0, "cannot listen on \(path): \(errno)")
    }

    deinit { close(descriptor) }

    /// Leaves one behind, as a process does that is killed.
    public static func leave(_ path: String) { _ = SocketFile(path) }
}
