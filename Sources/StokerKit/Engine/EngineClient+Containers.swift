import NIOCore
import NIOHTTP1
import StokerCore

/// What the list of containers says of one.
struct ListedContainer: Decodable, Sendable {
    var id: String
    /// With slashes: `/clud-a-3f9a01bc`; legacy links add `/other/alias`.
    var names: [String]
    var image: String
    var state: String
    /// Whole seconds since 1970.
    var created: Int64
    var labels: [String: String]?

    enum CodingKeys: String, CodingKey {
        case id = "Id"
        case names = "Names"
        case image = "Image"
        case state = "State"
        case created = "Created"
        case labels = "Labels"
    }
}

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
        var restartPolicy: RestartPolicy?

        enum CodingKeys: String, CodingKey { case restartPolicy = "RestartPolicy" }
    }
    var id: String
    /// With one slash.
    var name: String
    /// RFC 3339.
    var created: String
    var state: State
    var config: Config
    var hostConfig: HostConfig
    var execIDs: [String]?

    enum CodingKeys: String, CodingKey {
        case id = "Id"
        case name = "Name"
        case created = "Created"
        case state = "State"
        case config = "Config"
        case hostConfig = "HostConfig"
        case execIDs = "ExecIDs"
    }
}

extension EngineClient {
    /// All containers, whatever their state. Matching is done by us: the engine's `name` filter is an
    /// unanchored regular expression, and an invalid one matches nothing in silence.
    func containers() async throws -> [ListedContainer] {
        let answer = try await request(.GET, ["containers", "json"], query: [("all", "true")])
        return try decode([ListedContainer].self, answer, "list containers")
    }

    /// `nil` when it is gone: the list may show what no longer is.
    func container(_ id: String) async throws -> InspectedContainer? {
        let answer = try await request(.GET, ["containers", id, "json"])
        if answer.status == 404 { return nil }
        return try decode(InspectedContainer.self, answer, "show the container \(id)")
    }

    /// Whether one of `ids` still runs.
    func anyExecRuns(_ ids: [String]) async throws -> Bool {
        struct Exec: Decodable {
            var isRunning: Bool

            enum CodingKeys: String, CodingKey { case isRunning = "Running" }
        }
        for id in ids {
            let answer = try await request(.GET, ["exec", id, "json"])
            if answer.status == 404 { continue }
            if try decode(Exec.self, answer, "show the exec \(id)").isRunning { return true }
        }
        return false
    }

    /// How an attempt to remove a container ended.
    enum Removal: Sendable, Equatable {
        case removed
        /// Somebody else was first.
        case gone
        /// Somebody else is at it; look again later.
        case inProgress
        case refused(String)
    }

    /// Kills the container and removes it with its anonymous volumes.
    ///
    /// - Parameter id: all 64 digits, since the engine takes shorter ones for names first.
    func removeContainer(_ id: String) async throws -> Removal {
        let answer = try await request(
            .DELETE, ["containers", id], query: [("force", "true"), ("v", "true")], timeout: .seconds(120))
        switch answer.status {
        case 204, 200: return .removed
        case 404: return .gone
        case 409 where answer.message.contains("already in progress"): return .inProgress
        default: return .refused(answer.message)
        }
    }
}
