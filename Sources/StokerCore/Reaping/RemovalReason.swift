/// Why a container goes.
public enum RemovalReason: Sendable, Equatable {
    /// It is older than its state allows.
    case pastAge(ContainerAge)
    /// Its owner and its owner's command have died; how, in words.
    case deadLease(String)

    /// `exited-past-age`, `dead-past-age`, `never-started-past-age`, `running-past-age`, `paused-past-age`,
    /// `restarting-past-age` or `dead-lease`.
    public var code: String {
        switch self {
        case .pastAge(let age): "\(age.rule.rawValue)-past-age"
        case .deadLease: "dead-lease"
        }
    }

    public var words: String {
        switch self {
        case .pastAge(let age): age.words
        case .deadLease(let how): "its owner is dead: \(how)"
        }
    }
}
