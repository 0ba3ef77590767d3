import Glibc
import SystemPackage

/// An open descriptor that closes itself, for the loops in which a `HeldFile` with its name would be too much.
public struct OpenFile: ~Copyable {
    public let descriptor: Int32

    public init(adopting descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Hands the descriptor over to the caller, who closes it.
    consuming func release() -> Int32 {
        let descriptor = descriptor
        discard self
        return descriptor
    }

    /// Opens a name below an open directory, never through a symbolic link in the last component; a FIFO or
    /// a device does not block.
    ///
    /// - Throws: `SystemCallError` with `path` as the name for people.
    static func open(
        _ name: UnsafePointer<CChar>, in directory: Int32, flags: Int32, path: @autoclosure () -> String
    ) throws(SystemCallError) -> OpenFile {
        while true {
            let descriptor = openat(directory, name, flags | O_CLOEXEC | O_NOFOLLOW)
            if descriptor >= 0 { return OpenFile(adopting: descriptor) }
            if errno != EINTR { throw .last("open", path()) }
        }
    }

    /// Opens a directory whose path had no symbolic links in it when the configuration was read, and may have none now.
    static func directory(at path: FilePath) throws(SystemCallError) -> OpenFile {
        OpenFile(adopting: try ResolvedPath.open(path, O_RDONLY | O_DIRECTORY))
    }

    /// Makes a file that must not exist yet, for its owner alone.
    static func create(_ path: FilePath) throws(SystemCallError) -> OpenFile {
        try open(path, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, call: "create")
    }

    /// Opens a file for reading, but never through a link in its last component.
    static func existing(_ path: FilePath) throws(SystemCallError) -> OpenFile {
        try open(path, flags: O_RDONLY | O_NONBLOCK | O_NOFOLLOW, call: "open")
    }

    private static func open(_ path: FilePath, flags: Int32, call: String) throws(SystemCallError) -> OpenFile
    {
        while true {
            let descriptor = path.withPlatformString { Glibc.open($0, flags | O_CLOEXEC, 0o600) }
            if descriptor >= 0 { return OpenFile(adopting: descriptor) }
            if errno != EINTR { throw .last(call, path.string) }
        }
    }

    func write(_ bytes: [UInt8], path: @autoclosure () -> String) throws(SystemCallError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
                return rest.baseAddress.map { Glibc.write(descriptor, $0, rest.count) } ?? 0
            }
            if count >= 0 { written += count } else if errno != EINTR { throw .last("write", path()) }
        }
    }

    func status(path: @autoclosure () -> String) throws(SystemCallError) -> FileStatus {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .last("stat", path()) }
        return FileStatus(status)
    }

    /// Reads up to `buffer.count` bytes; 0 at the end of the file.
    func read(
        into buffer: UnsafeMutableRawBufferPointer, path: @autoclosure () -> String
    ) throws(SystemCallError) -> Int {
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            if errno != EINTR { throw .last("read", path()) }
        }
    }

    /// The whole file, or `nil` when it is longer than `limit`.
    func contents(limit: Int, path: @autoclosure () -> String) throws(SystemCallError) -> [UInt8]? {
        let expected = try status(path: path()).size
        guard expected <= limit else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(expected))
        var chunk = [UInt8](repeating: 0, count: max(4096, min(Int(expected) + 1, 128 << 10)))
        while true {
            let count = try chunk.withUnsafeMutableBufferPointer { buffer throws(SystemCallError) in
                try read(into: UnsafeMutableRawBufferPointer(buffer), path: path())
            }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            if bytes.count > limit { return nil }
        }
    }

    /// The target of a symbolic link below an open directory, in full.
    static func linkTarget(
        _ name: UnsafePointer<CChar>, in directory: Int32, path: @autoclosure () -> String
    ) throws(SystemCallError) -> [UInt8] {
        var target = [UInt8](repeating: 0, count: 256)
        while true {
            let length = target.withUnsafeMutableBytes { buffer in
                // Never empty, so there is an address.
                readlinkat(directory, name, buffer.baseAddress!, buffer.count)
            }
            if length < 0 { throw .last("read the link", path()) }
            if length < target.count { return Array(target[..<length]) }
            target = [UInt8](repeating: 0, count: 2 * target.count)
        }
    }
}
