/// What the engine tells of something that is no container, but that a leased command may have created.
public struct LeftoverFacts: Sendable, Equatable {
    public enum Kind: String, Codable, Sendable {
        case network, volume

        var leased: LeasedKind { self == .network ? .network : .volume }
    }

    public var kind: Kind
    /// By which the engine removes it: a network's ID, a volume's name.
    public var id: String
    public var name: String
    public var labels: [String: String]
    /// On the engine's clock; `nil` when it did not say.
    public var created: EngineTime?
    /// Whether it belongs to this engine alone; a network of a swarm's does not.
    public var isLocal: Bool

    public init(
        kind: Kind, id: String, name: String, labels: [String: String], created: EngineTime? = nil,
        isLocal: Bool
    ) {
        self.kind = kind
        self.id = id
        self.name = name
        self.labels = labels
        self.created = created
        self.isLocal = isLocal
    }

    /// With its labels, for who can prove whose it is; `nil` when it carries none of a lease.
    public var labelled: LabelledObject? {
        LeaseLabels(labels: labels).map {
            LabelledObject(kind: kind.leased, id: id, created: created, labels: $0)
        }
    }

    /// Whether nobody chose its name: an engine names a volume by 64 random digits when it is not told how.
    var isAnonymous: Bool { name.utf8.count == 64 && name.utf8.allSatisfy(ContainerPattern.isLowerHexDigit) }
}
