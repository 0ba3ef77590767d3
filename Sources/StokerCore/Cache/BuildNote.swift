/// What the legacy builder says that it has made, or taken away again. Nothing on the engine tells whose such a thing is,
/// so these words are needed to prove that it is a build's of ours. They are not enough: see `StepChain`.
public enum BuildNote: Hashable, Sendable {
    /// An intermediate container, by the beginning of its ID.
    case container(BuilderID)
    /// The same, of one that is gone.
    case removed(BuilderID)
    /// The image of a step that the cache did not have, by the beginning of its ID.
    case image(BuilderID)
}

/// The twelve lower-case hex digits by which a builder names a container or an image: the beginning of its ID.
public struct BuilderID: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 12, text.utf8.allSatisfy(ContainerPattern.isLowerHexDigit) else {
            return nil
        }
        description = String(text)
    }

    /// - Parameter id: a container's whole ID, or an image's with `sha256:`.
    public func begins(_ id: String) -> Bool {
        (id.hasPrefix("sha256:") ? id.dropFirst("sha256:".count) : id[...]).hasPrefix(description)
    }
}
