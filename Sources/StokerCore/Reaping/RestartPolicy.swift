/// Whether the engine starts a container again by itself.
public enum RestartPolicy: Sendable, Hashable {
    case no, always, unlessStopped, onFailure
    /// A word that Stoker does not know; such a container is left alone.
    case unknown(String)

    /// - Parameter engineName: `HostConfig.RestartPolicy.Name` of inspect; empty means `no`.
    public init(engineName: String) {
        self =
            switch engineName {
            case "", "no": .no
            case "always": .always
            case "unless-stopped": .unlessStopped
            case "on-failure": .onFailure
            default: .unknown(engineName)
            }
    }

    /// The engine's word for it.
    public var engineName: String {
        switch self {
        case .no: "no"
        case .always: "always"
        case .unlessStopped: "unless-stopped"
        case .onFailure: "on-failure"
        case .unknown(let name): name
        }
    }
}
