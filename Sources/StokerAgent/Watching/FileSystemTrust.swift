import Glibc
import StokerCore
import SystemPackage

/// Whether every change of a file system passes through this kernel. A network share or a virtual machine's
/// folder is also written by others, of which inotify hears nothing.
public enum FileSystemTrust: Sendable, Equatable {
    case trusted
    /// With the reason, as a person would say it.
    case untrusted(String)

    /// File systems that only this kernel writes; overlay as a container's root.
    private static let trustedTypes: Set<String> = [
        "ext2", "ext3", "ext4", "xfs", "btrfs", "tmpfs", "ramfs", "f2fs", "zfs", "overlay",
    ]

    /// Of the mount that an open directory lies on.
    ///
    /// - Parameter mountInfo: the content of /proc/self/mountinfo.
    init(of directory: FileDescriptor, mountInfo: [UInt8]) {
        let label = Array("mnt_id:".utf8)
        let information = try? ProcessFile.read("/proc/self/fdinfo/\(directory.rawValue)")
        let line = information?.split(separator: UInt8(ascii: "\n")).first { $0.starts(with: label) }
        let mount = line?.dropFirst(label.count).drop { $0 == UInt8(ascii: "\t") }
        self = FileSystemTrust.ofMount(mount ?? [], mountInfo: mountInfo)
    }

    /// - Parameter mount: its number, in digits.
    static func ofMount(_ mount: ArraySlice<UInt8>, mountInfo: [UInt8]) -> FileSystemTrust {
        for line in mountInfo.split(separator: UInt8(ascii: "\n")) {
            guard let record = MountRecord(line), record.number == mount else { continue }
            if trustedTypes.contains(record.type) { return .trusted }
            return .untrusted("changes on a \(record.type) file system may come unannounced")
        }
        return .untrusted("its file system is unknown")
    }

    /// Looks for mounts below `root`, which a walk crosses without noticing. One that shows a part of a file
    /// system is never trusted: the same directory may be in the tree twice, and has but one watch.
    ///
    /// - Parameter mountInfo: the content of /proc/self/mountinfo.
    static func ofMounts(below root: BytePath, mountInfo: [UInt8]) -> FileSystemTrust {
        for line in mounts(below: root, mountInfo: mountInfo) {
            guard let record = MountRecord(line) else { continue }
            if !trustedTypes.contains(record.type) || !record.showsAll {
                return .untrusted("\(record.type) is mounted on /\(record.point)")
            }
        }
        return .trusted
    }

    /// The lines of the mounts that lie below `root`.
    static func mounts(below root: BytePath, mountInfo: [UInt8]) -> [ArraySlice<UInt8>] {
        mountInfo.split(separator: UInt8(ascii: "\n")).filter { line in
            guard let record = MountRecord(line) else { return false }
            return record.point != root && record.point.isInside(root)
        }
    }
}

extension BytePath {
    /// An absolute path as one below the file system's root, as mounts are told.
    init(absolute path: FilePath) {
        let bytes = path.withPlatformString { text in
            Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
        }
        self.init(bytes: Array(bytes.drop { $0 == UInt8(ascii: "/") }))
    }
}
