import Glibc
import StokerCore
import SystemPackage

/// An open directory; closed with the value.
struct DirectoryHandle: ~Copyable {
    struct Entry {
        var name: [UInt8]
        var inode: UInt64
        /// False only when the listing says for certain that it is something else.
        var mayBeDirectory: Bool
    }

    let descriptor: FileDescriptor
    /// Owns the descriptor: a stream on a copy of it would cost three more calls a directory.
    private let stream: OpaquePointer

    /// - Throws: `Errno`; `ENOTDIR` or `ELOOP` for a symbolic link.
    init(path: FilePath) throws(Errno) {
        let opened = path.withPlatformString { path in Self.open(path, in: AT_FDCWD) }
        (descriptor, stream) = try Self.stream(opened)
    }

    /// Opens an entry of this directory.
    init(_ name: [UInt8], in parent: FileDescriptor) throws(Errno) {
        let opened = (name + [0]).withUnsafeBytes { bytes in
            // Has its NUL, and so an address.
            Self.open(bytes.assumingMemoryBound(to: CChar.self).baseAddress!, in: parent.rawValue)
        }
        (descriptor, stream) = try Self.stream(opened)
    }

    /// Opens what lies at `path` below an open directory, however long the path is. Links on the way are
    /// followed, so the caller has to prove what it got.
    init(_ path: BytePath, below root: FileDescriptor) throws(Errno) {
        var rest = path.components[...]
        var current = try DirectoryHandle([UInt8(ascii: ".")], in: root)
        while !rest.isEmpty {
            var part: [UInt8] = []
            while let next = rest.first, part.isEmpty || part.count + next.count < 4000 {
                if !part.isEmpty { part.append(UInt8(ascii: "/")) }
                part.append(contentsOf: next)
                rest.removeFirst()
            }
            current = try DirectoryHandle(part, in: current.descriptor)
        }
        self = current
    }

    deinit { closedir(stream) }

    func status() throws(Errno) -> FileStatus {
        var status = stat()
        guard fstat(descriptor.rawValue, &status) == 0 else { throw Errno(rawValue: errno) }
        return FileStatus(status)
    }

    /// Everything in it but `.` and `..`, for one call a handle: a second goes on where the first ended.
    ///
    /// - Parameter onlyDirectories: whether what is certain to be something else is left out.
    func entries(onlyDirectories: Bool = false) throws(Errno) -> [Entry] {
        var entries: [Entry] = []
        while true {
            errno = 0
            guard let record = readdir(stream) else {
                if errno != 0 { throw Errno(rawValue: errno) }
                return entries
            }
            if let entry = Self.entry(UnsafeRawPointer(record), onlyDirectories) { entries.append(entry) }
        }
    }

    /// `struct dirent`: inode, offset, record length, type, name up to a NUL. Read in place, as the record is
    /// shorter than the type.
    private static func entry(_ record: UnsafeRawPointer, _ onlyDirectories: Bool) -> Entry? {
        let type = record.load(fromByteOffset: 18, as: UInt8.self)
        let mayBeDirectory = type == UInt8(DT_DIR) || type == UInt8(DT_UNKNOWN)
        if onlyDirectories, !mayBeDirectory { return nil }
        let name = (record + 19).assumingMemoryBound(to: UInt8.self)
        let dot = UInt8(ascii: ".")
        if name[0] == dot, name[1] == 0 || (name[1] == dot && name[2] == 0) { return nil }
        let length = strlen((record + 19).assumingMemoryBound(to: CChar.self))
        return Entry(
            name: Array(UnsafeBufferPointer(start: name, count: length)), inode: record.load(as: UInt64.self),
            mayBeDirectory: mayBeDirectory)
    }

    private static func open(_ name: UnsafePointer<CChar>, in directory: CInt) -> CInt {
        var result: CInt
        repeat {
            result = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        } while result < 0 && errno == EINTR
        return result
    }

    private static func stream(_ opened: CInt) throws(Errno) -> (FileDescriptor, OpaquePointer) {
        guard opened >= 0 else { throw Errno(rawValue: errno) }
        guard let stream = fdopendir(opened) else {
            let failure = Errno(rawValue: errno)
            close(opened)
            throw failure
        }
        return (FileDescriptor(rawValue: opened), stream)
    }
}
