import Glibc
import StokerCore
import SystemPackage

/// A regular file, pinned but not opened for reading, so that no lease is broken and nothing blocks; closed
/// with the value.
struct FileHandle: ~Copyable {
    let descriptor: FileDescriptor

    /// O_PATH, which Swift does not import.
    private static let pathOnly: CInt = 0o10_000_000

    /// - Throws: `Errno`; `EINVAL` for anything but a regular file, a symbolic link among them.
    init(_ name: [UInt8], in parent: FileDescriptor) throws(Errno) {
        descriptor = try Self.open(name, in: parent)
    }

    deinit { try? descriptor.close() }

    private static func open(_ name: [UInt8], in parent: FileDescriptor) throws(Errno) -> FileDescriptor {
        var opened: CInt
        repeat {
            opened = (name + [0]).withUnsafeBytes { bytes in
                openat(
                    parent.rawValue, bytes.assumingMemoryBound(to: CChar.self).baseAddress!,  // has its NUL
                    pathOnly | O_NOFOLLOW | O_CLOEXEC)
            }
        } while opened < 0 && errno == EINTR
        guard opened >= 0 else { throw Errno(rawValue: errno) }
        var status = stat()
        guard fstat(opened, &status) == 0, FileStatus(status).kind == .file else {
            close(opened)
            throw .invalidArgument
        }
        return FileDescriptor(rawValue: opened)
    }
}
