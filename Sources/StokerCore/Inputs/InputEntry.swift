/// One file of a build context as it counts for the image: no times, no owner, nothing of the machine.
public struct InputEntry: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// With the digest of its bytes and its extended attributes.
        case file(ContentDigest)
        case directory
        /// The target's bytes; they are never followed.
        case symbolicLink(target: [UInt8])
        case fifo
        case socket
        /// With the device's number.
        case characterDevice(UInt64)
        case blockDevice(UInt64)
    }

    public var path: BytePath
    public var kind: Kind
    /// With set-uid, set-gid and sticky. Those of a link say nothing and do not count.
    public var permissions: UInt32
    /// Bytes, for files; else 0. It does not count by itself.
    public var size: Int64
    /// The first path, in byte order, of the file's hard links among the inputs of the same context; `nil`
    /// when that is this path itself, or when there are no others.
    public var link: BytePath?
    /// The digest of a directory's extended attributes; `nil` when there are none.
    public var attributes: ContentDigest?

    public init(
        path: BytePath, kind: Kind, permissions: UInt32, size: Int64 = 0, link: BytePath? = nil,
        attributes: ContentDigest? = nil
    ) {
        self.path = path
        self.kind = kind
        self.permissions = permissions
        self.size = size
        self.link = link
        self.attributes = attributes
    }

    /// - Parameter digest: The content's, for files.
    /// - Returns: `nil` for files without a digest.
    public init?(_ entry: ContextEntry, digest: ContentDigest?) {
        guard let kind = Kind(entry.status, digest: digest, linkTarget: entry.linkTarget ?? []) else {
            return nil
        }
        self.init(
            path: entry.path, kind: kind, permissions: entry.status.permissions,
            size: digest == nil ? 0 : entry.status.size, attributes: entry.attributes.digest)
    }
}

extension InputEntry.Kind {
    /// - Parameters:
    ///   - digest: The content's, for files.
    ///   - linkTarget: For symbolic links.
    /// - Returns: `nil` for files without a digest.
    init?(_ status: FileStatus, digest: ContentDigest?, linkTarget: @autoclosure () -> [UInt8]) {
        switch status.kind {
        case .file:
            guard let digest else { return nil }
            self = .file(digest)
        case .directory: self = .directory
        case .symbolicLink: self = .symbolicLink(target: linkTarget())
        case .fifo: self = .fifo
        case .characterDevice: self = .characterDevice(status.specialDevice)
        case .blockDevice: self = .blockDevice(status.specialDevice)
        case .socket: self = .socket
        case .unknown: return nil
        }
    }
}
