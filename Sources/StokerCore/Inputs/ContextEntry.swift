/// One thing in a build context as a walk met it.
public struct ContextEntry: Sendable, Equatable {
    public var path: BytePath
    public var status: FileStatus
    /// The target's bytes, for symbolic links alone.
    public var linkTarget: [UInt8]?
    /// Of directories alone: a file's are read together with its bytes.
    public var attributes: ExtendedAttributes

    public init(
        path: BytePath, status: FileStatus, linkTarget: [UInt8]? = nil,
        attributes: ExtendedAttributes = .none
    ) {
        self.path = path
        self.status = status
        self.linkTarget = linkTarget
        self.attributes = attributes
    }
}

/// The tree changed under a look at it, so that what was seen never existed together; look again.
public struct InputsMoved: Error, Equatable {
    public let path: BytePath

    public init(path: BytePath) { self.path = path }
}
