/// Whether a container goes, and why.
public enum ReapDecision: Sendable, Equatable {
    case remove(RemovalReason)
    case keep(KeepReason)

    public var isRemoval: Bool {
        switch self {
        case .remove: true
        case .keep: false
        }
    }

    /// Whether it goes because its owner is dead, which is proved for it alone.
    public var isOfDeadLease: Bool {
        if case .remove(.deadLease) = self { true } else { false }
    }

    /// The reason for programs; it stays the same from version to version.
    public var code: String {
        switch self {
        case .remove(let reason): reason.code
        case .keep(let reason): reason.code
        }
    }

    /// The reason for people, without a full stop: `exited 3 h ago, limit 2 h`.
    public var words: String {
        switch self {
        case .remove(let reason): reason.words
        case .keep(let reason): reason.words
        }
    }

    /// The age that was decided by; `nil` when it was not decided by age.
    public var age: ContainerAge? {
        switch self {
        case .remove(.pastAge(let age)), .keep(.tooYoung(let age)): age
        case .remove(.deadLease), .keep: nil
        }
    }
}
