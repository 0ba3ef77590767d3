/// What the engine tells of something that is no container, but that a leased command may have created.
public struct LeftoverFacts: Sendable, Equatable {
    public enum Kind: String, Codable, Sendable {
        case network, volume
    }

    public var kind: Kind
    /// By which the engine removes it: a network's ID, a volume's name.
    public var id: String
    public var name: String
    public var labels: [String: String]
    /// Whether it belongs to this engine alone; a network of a swarm's does not.
    public var isLocal: Bool

    public init(kind: Kind, id: String, name: String, labels: [String: String], isLocal: Bool) {
        self.kind = kind
        self.id = id
        self.name = name
        self.labels = labels
        self.isLocal = isLocal
    }

    /// Whether nobody chose its name: an engine names a volume by 64 random digits when it is not told how.
    var isAnonymous: Bool { name.utf8.count == 64 && name.utf8.allSatisfy(ContainerPattern.isLowerHexDigit) }
}
