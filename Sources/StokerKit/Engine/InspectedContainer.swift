import StokerCore

/// What a look at one container says of it.
struct InspectedContainer: Decodable, Sendable {
    struct State: Decodable, Sendable {
        var status: String
        /// RFC 3339; year 1 for never.
        var startedAt: String
        var finishedAt: String

        enum CodingKeys: String, CodingKey {
            case status = "Status"
            case startedAt = "StartedAt"
            case finishedAt = "FinishedAt"
        }
    }
    struct Config: Decodable, Sendable {
        var labels: [String: String]?
        var image: String?

        enum CodingKeys: String, CodingKey {
            case labels = "Labels"
            case image = "Image"
        }
    }
    struct HostConfig: Decodable, Sendable {
        struct RestartPolicy: Decodable, Sendable {
            var name: String?

            enum CodingKeys: String, CodingKey { case name = "Name" }
        }
        struct LogConfig: Decodable, Sendable {
            var type: String?

            enum CodingKeys: String, CodingKey { case type = "Type" }
        }
        var restartPolicy: RestartPolicy?
        var logConfig: LogConfig?
        var namespaces: SharedNamespaces

        private enum CodingKeys: String, CodingKey {
            case restartPolicy = "RestartPolicy"
            case logConfig = "LogConfig"
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            restartPolicy = try values.decodeIfPresent(RestartPolicy.self, forKey: .restartPolicy)
            logConfig = try values.decodeIfPresent(LogConfig.self, forKey: .logConfig)
            namespaces = try SharedNamespaces(from: decoder)
        }
    }
    var id: String
    /// With one slash.
    var name: String
    /// RFC 3339.
    var created: String
    var state: State
    var config: Config
    var hostConfig: HostConfig
    var networkSettings: AttachedNetworks?
    var mounts: [MountPoint]?
    var execIDs: [String]?
    /// The engine's clock when it answered, rounded down to whole seconds; `nil` when it did not say. Of the
    /// answer's head, not of its body.
    var date: EngineTime?

    enum CodingKeys: String, CodingKey {
        case id = "Id"
        case name = "Name"
        case created = "Created"
        case state = "State"
        case config = "Config"
        case hostConfig = "HostConfig"
        case networkSettings = "NetworkSettings"
        case mounts = "Mounts"
        case execIDs = "ExecIDs"
    }

    var references: ContainerReferences {
        ContainerReferences(networkSettings, mounts, hostConfig.namespaces)
    }
}

/// What a look at one command that was started in a container says of it.
struct InspectedExec: Decodable, Sendable {
    struct Process: Decodable, Sendable {
        /// Whether it has a terminal.
        var tty: Bool?
    }
    var isRunning: Bool
    var process: Process?

    enum CodingKeys: String, CodingKey {
        case isRunning = "Running"
        case process = "ProcessConfig"
    }
}
