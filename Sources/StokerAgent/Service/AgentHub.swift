import Foundation
import StokerCore
import StokerKit
import SystemPackage

/// Leads questions to the keeper of the project that they are about.
struct AgentHub: ControlDelegate {
    let settings: Agent.Settings
    let keepers: [ProjectKeeper]
    private let since = Date().timeIntervalSince1970

    init(settings: Agent.Settings, keepers: [ProjectKeeper]) {
        self.settings = settings
        self.keepers = keepers
    }

    private func keeper(of project: String) -> ProjectKeeper? {
        keepers.first { $0.root.string == project }
    }

    func refusal(of question: WarmQuestion) async -> ControlRefusal? {
        if keeper(of: question.project) == nil { return .unknownProject }
        return question.endpoint == settings.endpoint ? nil : .otherEngine
    }

    func warm(_ question: WarmQuestion, observer: @escaping WarmObserver) async throws -> WarmResult {
        guard let keeper = keeper(of: question.project) else {
            throw StokerError(.usage, "the agent does not watch \(question.project)")
        }
        return try await keeper.warm(
            image: question.image, timeout: .seconds(question.timeout), observer: observer)
    }

    func hits(_ question: HitsQuestion) async -> [WarmResult]? {
        guard settings.endpoint == Endpoint(address: .unix(path: question.engine)) else { return nil }
        return await keeper(of: question.project)?.hits(images: question.images)
    }

    /// How long a status looks at files, the engine and snapshots, before it tells what is known without.
    static let statusPatience: Duration = .seconds(3)

    /// 0 when it would take long to find out.
    private func snapshotBytes() async -> Int64 {
        let snapshots = SnapshotStore(cache: settings.paths.cache)
        return await promptValue(within: AgentHub.statusPatience) { await snapshots.size() } ?? 0
    }

    func status() async -> StatusReport {
        let deadline = ContinuousClock.now + AgentHub.statusPatience
        async let bytes = snapshotBytes()
        let projects = await keepers.inParallel { await $0.report(by: deadline) }
        return StatusReport(
            agent: StatusReport.Agent(
                pid: getpid(), version: settings.version, since: since,
                endpoint: settings.endpoint.description, socket: settings.socket.string,
                snapshotBytes: await bytes),
            projects: projects,
            runs: LeaseBook(folder: settings.paths.leases).entries().map(StatusReport.Run.init))
    }
}
