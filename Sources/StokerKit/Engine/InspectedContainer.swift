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
        struct Healthcheck: Decodable, Sendable {
            var test: [String]?

            enum CodingKeys: String, CodingKey { case test = "Test" }
        }
        var labels: [String: String]?
        /// As it was asked for.
        var image: String?
        var command: [String]?
        var healthcheck: Healthcheck?
        var hasInput: Bool?
        var hasOutput: Bool?
        var hasErrors: Bool?
        var hasTerminal: Bool?

        enum CodingKeys: String, CodingKey {
            case labels = "Labels"
            case image = "Image"
            case command = "Cmd"
            case healthcheck = "Healthcheck"
            case hasInput = "AttachStdin"
            case hasOutput = "AttachStdout"
            case hasErrors = "AttachStderr"
            case hasTerminal = "Tty"
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
    /// `sha256:…`
    var imageID: String?
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
        case imageID = "Image"
        case config = "Config"
        case hostConfig = "HostConfig"
        case networkSettings = "NetworkSettings"
        case mounts = "Mounts"
        case execIDs = "ExecIDs"
    }

    var references: ContainerReferences {
        ContainerReferences(networkSettings, mounts, hostConfig.namespaces)
    }

    /// What the engine leaves out counts as what a builder's container has not.
    var stepTraits: StepTraits {
        let attached = [config.hasInput, config.hasOutput, config.hasErrors, config.hasTerminal]
        return StepTraits(
            hasLog: hostConfig.logConfig?.type != "none", imageID: imageID ?? "",
            requestedImage: config.image ?? "", command: config.command ?? [],
            healthcheck: config.healthcheck?.test ?? [], isAttached: attached.contains { $0 != false })
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
