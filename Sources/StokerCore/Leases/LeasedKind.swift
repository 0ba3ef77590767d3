/// What an engine makes with labels of its own, so that a lease can own it.
public enum LeasedKind: String, Sendable, Codable, Hashable {
    case container, network, volume
}

/// Something at an engine that carries the labels of a lease. Anybody can have copied them there.
public struct LabelledObject: Sendable, Equatable {
    public var kind: LeasedKind
    /// The engine's ID for it; a volume's name.
    public var id: String
    /// On the engine's clock; `nil` when it did not say.
    public var created: EngineTime?
    public var labels: LeaseLabels

    public init(kind: LeasedKind, id: String, created: EngineTime?, labels: LeaseLabels) {
        self.kind = kind
        self.id = id
        self.created = created
        self.labels = labels
    }
}
