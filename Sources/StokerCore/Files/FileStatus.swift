public import Glibc

/// What `lstat` says of a file, as far as Stoker decides by it.
public struct FileStatus: Hashable, Sendable {
    public var device: UInt64
    public var inode: UInt64
    /// Bytes.
    public var size: Int64
    /// Nanoseconds since 1970.
    public var modified: Int64
    /// Nanoseconds since 1970; the kernel's own stamp, which no program can set.
    public var changed: Int64
    /// Type and permission bits, as in `st_mode`.
    public var mode: UInt32
    public var links: UInt64
    /// For device nodes: which device.
    public var specialDevice: UInt64
    public var owner: UInt32
    public var group: UInt32

    public init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        modified = FileStatus.nanoseconds(status.st_mtim)
        changed = FileStatus.nanoseconds(status.st_ctim)
        mode = UInt32(status.st_mode)
        links = UInt64(status.st_nlink)
        specialDevice = UInt64(status.st_rdev)
        owner = UInt32(status.st_uid)
        group = UInt32(status.st_gid)
    }

    /// Whether both are of one file, whatever has become of it between the two.
    package func isSameFile(as other: FileStatus) -> Bool { device == other.device && inode == other.inode }

    /// Anyone may give a file a time that nanoseconds cannot tell (before 1677, after 2262); it becomes the
    /// nearest one that they can.
    private static func nanoseconds(_ time: timespec) -> Int64 {
        let (seconds, overflow) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflowAgain) = seconds.addingReportingOverflow(Int64(time.tv_nsec))
        return overflow || overflowAgain ? (time.tv_sec < 0 ? .min : .max) : sum
    }

    public enum Kind: Sendable {
        case file, directory, symbolicLink, fifo, characterDevice, blockDevice, socket, unknown
    }

    public var kind: Kind { FileStatus.kind(ofMode: mode) }

    /// - Parameter mode: as in `st_mode`.
    public static func kind(ofMode mode: UInt32) -> Kind {
        switch mode & UInt32(S_IFMT) {
        case UInt32(S_IFREG): .file
        case UInt32(S_IFDIR): .directory
        case UInt32(S_IFLNK): .symbolicLink
        case UInt32(S_IFIFO): .fifo
        case UInt32(S_IFCHR): .characterDevice
        case UInt32(S_IFBLK): .blockDevice
        case UInt32(S_IFSOCK): .socket
        default: .unknown
        }
    }

    /// The permission bits with set-uid, set-gid and sticky.
    public var permissions: UInt32 { mode & 0o7777 }
}
