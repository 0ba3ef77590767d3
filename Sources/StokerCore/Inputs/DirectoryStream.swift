import Glibc

/// An open directory and its listing.
///
/// It is listed by whoever opens it; other threads only open what is below its descriptor.
final class DirectoryStream: @unchecked Sendable {
    private let stream: OpaquePointer
    let descriptor: Int32

    /// - Throws: `SystemCallError` with `path` as the name for people; the descriptor is closed then too.
    init(_ directory: consuming OpenFile, path: @autoclosure () -> String) throws(SystemCallError) {
        descriptor = directory.release()
        guard let stream = fdopendir(descriptor) else {
            let failure = SystemCallError.last("list", path())
            close(descriptor)
            throw failure
        }
        self.stream = stream
    }

    deinit { closedir(stream) }

    /// All names in one piece of memory, since a context has a hundred thousand of them.
    struct Listing {
        /// Each name ends in a zero byte, for system calls.
        private(set) var bytes: [UInt8] = []
        private(set) var names: [Name] = []

        struct Name {
            let start: Int
            /// Without the zero byte.
            let count: Int
            /// `DT_UNKNOWN` on file systems that do not say.
            let type: UInt8

            var range: Range<Int> { start..<start + count }
        }

        init() {}

        /// Names that may be there or not; those that no file can have are left out.
        init(of names: [[UInt8]]) {
            for name in names where name.count <= Int(NAME_MAX) && !name.contains(0) {
                name.withUnsafeBytes { append($0, type: UInt8(DT_UNKNOWN)) }
            }
        }

        mutating func append(_ name: UnsafeRawBufferPointer, type: UInt8) {
            names.append(Name(start: bytes.count, count: name.count, type: type))
            bytes.append(contentsOf: name)
            bytes.append(0)
        }
    }

    /// All names but `.` and `..`, in no order.
    func listing(path: @autoclosure () -> String) throws(SystemCallError) -> Listing {
        var listing = Listing()
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                // A directory that was removed while it was read is at its end.
                if errno == 0 || errno == ENOENT { return listing }
                throw .last("list", path())
            }
            withUnsafePointer(to: &entry.pointee.d_name) { name in
                let length = strlen(UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
                let bytes = UnsafeRawBufferPointer(start: name, count: length)
                let dot = UInt8(ascii: ".")
                let isDots = bytes[0] == dot && (length == 1 || length == 2 && bytes[1] == dot)
                if !isDots { listing.append(bytes, type: entry.pointee.d_type) }
            }
        }
    }
}
