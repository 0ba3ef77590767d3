/// What an engine says that a container does.
public enum ContainerState: Sendable, Hashable {
    case created, running, paused, restarting, removing, exited, dead
    /// A word that Stoker does not know; such a container is left alone.
    case unknown(String)

    /// - Parameter engineName: `State` of the list, `State.Status` of inspect.
    public init(engineName: String) {
        self =
            switch engineName {
            case "created": .created
            case "running": .running
            case "paused": .paused
            case "restarting": .restarting
            case "removing": .removing
            case "exited": .exited
            case "dead": .dead
            default: .unknown(engineName)
            }
    }

    /// The engine's word for it.
    public var engineName: String {
        switch self {
        case .created: "created"
        case .running: "running"
        case .paused: "paused"
        case .restarting: "restarting"
        case .removing: "removing"
        case .exited: "exited"
        case .dead: "dead"
        case .unknown(let name): name
        }
    }
}
