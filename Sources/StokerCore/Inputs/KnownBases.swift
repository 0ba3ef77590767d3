/// What an engine has told of the images that a Dockerfile builds on.
public struct KnownBases: Sendable, Equatable {
    /// By the reference as the Dockerfile has it. One that is missing is unknown.
    public var facts: [String: BaseImageFacts]
    /// The engine's own platform: `linux/amd64`.
    public var enginePlatform: String?

    public init(facts: [String: BaseImageFacts] = [:], enginePlatform: String? = nil) {
        self.facts = facts
        self.enginePlatform = enginePlatform
    }

    /// No engine was asked: what a base image's ONBUILD instructions may read counts as an input then, hence
    /// the whole context.
    public static let none = KnownBases()
}
