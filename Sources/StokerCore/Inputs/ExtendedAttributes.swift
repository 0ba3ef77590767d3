import CLinux
import Crypto
import Glibc

/// The extended attributes of a file or folder that count for an image, sorted by name.
///
/// Those that people and programs set count: `user.…`, and POSIX ACLs. What the kernel or the distribution keeps
/// by itself does not: security labels, signatures and capabilities (builders drop a file's capabilities when they
/// give it its owner), the remains of an overlay, and what network file systems show of their servers.
public struct ExtendedAttributes: Sendable, Equatable {
    public struct Attribute: Sendable, Equatable {
        public let name: [UInt8]
        public let value: [UInt8]

        /// Whether it is a POSIX ACL; else it is one of the person's own, `user.…`.
        public var isAccessList: Bool { name.starts(with: "system.".utf8) }
    }

    public let attributes: [Attribute]

    public static let none = ExtendedAttributes(attributes: [])

    public var isEmpty: Bool { attributes.isEmpty }

    /// Whether BuildKit's cache of layers takes what has them for what has none: it does not look at access lists.
    public var isHiddenFromCache: Bool { attributes.contains(where: \.isAccessList) }

    private static let accessList = Array("system.posix_acl_access".utf8)
    private static let defaultAccessList = Array("system.posix_acl_default".utf8)

    private static func counts(_ name: [UInt8]) -> Bool {
        name.starts(with: "user.".utf8) || name == accessList || name == defaultAccessList
    }

    /// Reads those of an open file or folder; a file system that has none answers with none.
    ///
    /// - Parameter path: For people.
    public init(
        of descriptor: Int32, path: @autoclosure () -> String
    ) throws(SystemCallError) {
        self = try ExtendedAttributes.read(
            path: path, list: { flistxattr(descriptor, $0, $1) },
            value: { fgetxattr(descriptor, $0, $1, $2) })
    }

    /// Whether something that cannot be opened without harm, such as a FIFO, has any.
    ///
    /// - Parameter name: In the open folder.
    static func are(
        on name: UnsafePointer<CChar>, in folder: Int32, path: @autoclosure () -> String
    ) throws(SystemCallError) -> Bool {
        let place = "/proc/self/fd/\(folder)/\(String(cString: name))"
        return try !read(
            path: path, list: { llistxattr(place, $0, $1) }, value: { lgetxattr(place, $0, $1, $2) }
        ).isEmpty
    }

    private init(attributes: [Attribute]) { self.attributes = attributes }

    private static func read(
        path: () -> String, list: (UnsafeMutablePointer<CChar>?, Int) -> Int,
        value: (UnsafePointer<CChar>, UnsafeMutableRawPointer?, Int) -> Int
    ) throws(SystemCallError) -> ExtendedAttributes {
        // Nearly all have none, and so need one call and no memory.
        if list(nil, 0) == 0 { return .none }
        var names = [CChar](repeating: 0, count: 1024)
        guard let length = try bytes(of: &names, path: path, list) else { return .none }
        var attributes: [Attribute] = []
        for name in names[..<length].split(separator: 0) {
            let name = name.map(UInt8.init(bitPattern:))
            guard counts(name) else { continue }
            var content = [CChar](repeating: 0, count: 256)
            let count = try withTerminated(name) { name throws(SystemCallError) in
                try bytes(of: &content, path: path) { value(name, $0, $1) }
            }
            // One that is gone meanwhile is none.
            guard let count else { continue }
            attributes.append(
                Attribute(name: name, value: content[..<count].map(UInt8.init(bitPattern:))))
        }
        return ExtendedAttributes(
            attributes: attributes.sorted { $0.name.precedesBytewise($1.name) })
    }

    /// Calls until the buffer is large enough.
    ///
    /// - Returns: How many bytes there are; `nil` where there is no such thing.
    private static func bytes(
        of buffer: inout [CChar], path: () -> String,
        _ call: (UnsafeMutablePointer<CChar>?, Int) -> Int
    ) throws(SystemCallError) -> Int? {
        while true {
            let count = buffer.withUnsafeMutableBufferPointer { call($0.baseAddress, $0.count) }
            if count >= 0 { return count }
            switch errno {
            case ERANGE: buffer = [CChar](repeating: 0, count: 4 * buffer.count)
            case ENODATA, ENOTSUP: return nil
            default: throw .last("read the attributes of", path())
            }
        }
    }

    /// `nil` when there are none.
    public var digest: ContentDigest? {
        if isEmpty { return nil }
        var fields = FieldHasher()
        fields.add(count: attributes.count)
        for attribute in attributes {
            fields.add(attribute.name)
            fields.add(attribute.value)
        }
        return fields.finish()
    }

    /// What stands for a file's bytes and its attributes together: the bytes' own digest where there are no
    /// attributes. By another hash, so that no file's bytes alone can have the same.
    public func digest(with content: ContentDigest) -> ContentDigest {
        guard let own = digest else { return content }
        let both = SHA512.hash(data: content.bytes + own.bytes)
        return ContentDigest(bytes: Array(both.prefix(32))) ?? .zero
    }
}
