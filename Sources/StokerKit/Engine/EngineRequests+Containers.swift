import NIOCore
import NIOHTTP1
import StokerCore

extension EngineRequests {
    /// All containers, whatever their state. Matching is done by us: the engine's `name` filter is an
    /// unanchored regular expression, and an invalid one matches nothing in silence.
    func containers() async throws -> [ListedContainer] {
        let answer = try await request(
            .GET, ["containers", "json"], query: [("all", "true")], timeout: nil)
        return try decode([ListedContainer].self, answer, "list containers")
    }

    /// `nil` when it is gone: the list may show what no longer is.
    func container(_ id: String) async throws -> InspectedContainer? {
        let answer = try await request(.GET, ["containers", id, "json"], query: [], timeout: nil)
        if answer.status == 404 { return nil }
        var container = try decode(InspectedContainer.self, answer, "show the container \(id)")
        container.date = answer.date
        return container
    }

    /// Which of `ids` still runs.
    ///
    /// - Returns: `nil` when the engine does not find one of them: it has ended since the container listed it, or the
    ///   engine errs.
    func liveExecs(_ ids: [String]) async throws -> [InspectedExec]? {
        var live: [InspectedExec] = []
        for id in ids {
            let answer = try await request(.GET, ["exec", id, "json"], query: [], timeout: nil)
            if answer.status == 404 { return nil }
            let exec = try decode(InspectedExec.self, answer, "show the exec \(id)")
            if exec.isRunning { live.append(exec) }
        }
        return live
    }

    /// Removes the container with its anonymous volumes.
    ///
    /// - Parameters:
    ///   - id: all 64 digits, since the engine takes shorter ones for names first.
    ///   - force: whether one that runs is killed; else it is refused.
    func removeContainer(_ id: String, force: Bool = true) async throws -> EngineClient.Removal {
        let answer = try await request(
            .DELETE, ["containers", id], query: [("force", "\(force)"), ("v", "true")],
            timeout: EngineClient.removalPatience)
        switch answer.status {
        case 204, 200: return .removed
        case 404: return .gone
        case 409 where answer.message.contains("already in progress"): return .inProgress
        default: return .refused(answer.message)
        }
    }

    /// The engine's clock as it is now.
    func time() async throws -> EngineTime { try await account().time }

    /// What the engine says of itself.
    func account() async throws -> EngineAccount {
        let answer = try await request(.GET, ["info"], query: [], timeout: nil)
        let account = try decode(EngineAccountAnswer.self, answer, "say what time it is")
        guard let time = try EngineTime.parse(account.systemTime) else {
            throw StokerError(
                .engineUnavailable, "the engine's clock reads `\(account.systemTime)`",
                nextStep: "set the clock of its machine")
        }
        return EngineAccount(
            id: account.id.flatMap { $0.isEmpty ? nil : $0 }, time: time, readAt: BootClock.system.now())
    }

    /// By what the engine can be told from others; podman gives itself another ID at each question.
    func identity(_ account: EngineAccount) async throws -> LeaseEvidence.Engine {
        let isSteady = try await self.account().id == account.id
        return LeaseEvidence.Engine(id: isSteady ? account.id : nil, address: endpoint.host)
    }
}

/// An engine's account of itself.
struct EngineAccount: Sendable {
    var id: String?
    var time: EngineTime
    /// On the `BootClock`, when the reading was here.
    var readAt: Duration
}

private struct EngineAccountAnswer: Decodable {
    var id: String?
    /// RFC 3339.
    var systemTime: String

    enum CodingKeys: String, CodingKey {
        case id = "ID"
        case systemTime = "SystemTime"
    }
}

extension EngineClient {
    /// How long a removal may take. Podman gives a container its whole stop time-out, ten seconds unless it has
    /// one of its own, where docker kills at once; and either may have much to delete.
    static let removalPatience = TimeAmount.seconds(180)

    /// How an attempt to remove a container ended.
    enum Removal: Sendable, Equatable {
        case removed
        /// Somebody else was first.
        case gone
        /// Somebody else is at it; look again later.
        case inProgress
        case refused(String)
    }
}
