/// Everything that can influence an image, as it was at one look.
public struct Inputs: Sendable {
    public var digest: ContentDigest
    /// The Dockerfile's bytes.
    public var dockerfile: [UInt8]
    /// Of the build context, in byte order of their paths.
    public var entries: [InputEntry]
    /// The additional build contexts by name.
    public var contexts: [String: NamedContextInputs]

    public init(
        digest: ContentDigest, dockerfile: [UInt8], entries: [InputEntry],
        contexts: [String: NamedContextInputs]
    ) {
        self.digest = digest
        self.dockerfile = dockerfile
        self.entries = entries
        self.contexts = contexts
    }
}

/// What an additional build context gives to the image.
public enum NamedContextInputs: Sendable, Equatable {
    /// A folder's files, in byte order of their paths.
    case entries([InputEntry])
    /// What the builder resolves itself: only the reference is known.
    case reference(String)
}
