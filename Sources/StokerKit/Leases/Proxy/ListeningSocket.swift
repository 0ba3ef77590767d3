import Glibc
import StokerCore
import SystemPackage

/// A Unix socket at a path, for its owner alone from the first moment on.
struct ListeningSocket {
    let descriptor: Int32
    let path: FilePath
    private let device, inode: UInt64

    /// - Throws: `StokerError` with `.cannotWrite`.
    init(at path: FilePath) throws {
        func failure(_ number: Int32) -> StokerError {
            StokerError(
                .cannotWrite, "cannot listen on \(path)",
                cause: Errno(rawValue: number).description.lowercased(),
                nextStep:
                    "see that its folder exists, that you may write to it, and that nothing has the name")
        }
        guard path.string.utf8.count <= SocketPath.limit else {
            throw StokerError(
                .cannotWrite, "cannot listen on \(path)",
                cause: "a socket's path has at most \(SocketPath.limit) bytes",
                nextStep: "set XDG_RUNTIME_DIR or TMPDIR to a shorter one")
        }
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw failure(errno) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.string.utf8) }
        // On Linux the file gets the permissions that the socket has when it is bound, less the umask.
        let isBound =
            fchmod(descriptor, 0o600) == 0
            && withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
                }
            }
        let number = errno
        var status = stat()
        guard isBound, lstat(path.string, &status) == 0 else {
            close(descriptor)
            throw failure(isBound ? errno : number)
        }
        self.descriptor = descriptor
        self.path = path
        (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino))
    }

    /// Unless another file has its name by now.
    func unlink() {
        var status = stat()
        guard lstat(path.string, &status) == 0, UInt64(status.st_dev) == device,
            UInt64(status.st_ino) == inode
        else { return }
        Glibc.unlink(path.string)
    }
}
