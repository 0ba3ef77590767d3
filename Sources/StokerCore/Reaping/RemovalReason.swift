/// Why a container goes.
public enum RemovalReason: Sendable, Equatable {
    /// It is older than its state allows.
    case pastAge(ContainerAge)

    /// `exited-past-age`, `dead-past-age`, `never-started-past-age`, `running-past-age`, `paused-past-age`
    /// or `restarting-past-age`.
    public var code: String {
        switch self {
        case .pastAge(let age): "\(age.rule.rawValue)-past-age"
        }
    }

    public var words: String {
        switch self {
        case .pastAge(let age): age.words
        }
    }
}
