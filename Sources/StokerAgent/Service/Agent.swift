import Foundation
public import Logging
import ServiceLifecycle
public import StokerCore
public import StokerKit
public import SystemPackage
import UnixSignals

/// The background agent: watches projects, rebuilds their images, reaps on time, answers questions.
public struct Agent: Sendable {
    public struct Settings: Sendable {
        /// Absolute, free of symbolic links, each once.
        public var projects: [FilePath]
        public var user: UserSettings
        public var paths: StokerPaths
        public var endpoint: Endpoint
        public var version: String

        public init(
            projects: [FilePath], user: UserSettings, paths: StokerPaths, endpoint: Endpoint, version: String
        ) {
            self.projects = projects
            self.user = user
            self.paths = paths
            self.endpoint = endpoint
            self.version = version
        }

        /// The user's own choice, or the standard place.
        public var socket: FilePath { user.agentSocket ?? paths.agentSocket }
    }

    let settings: Settings
    let logger: Logger

    public init(_ settings: Settings, logger: Logger) {
        self.settings = settings
        self.logger = logger
    }

    /// Runs until SIGTERM or SIGINT; a build that is going on is then ended, and nothing of it is left. Ten seconds later
    /// it has ended, whatever hangs (`EndLimit`).
    ///
    /// - Throws: `StokerError` when it cannot begin: another agent runs, inotify is used up.
    public func run() async throws {
        let logger = logger
        // First of all, since libinotifytools wants a low descriptor.
        let watcher = try Agent.watcher()
        let lock = try AgentLock(beside: settings.socket, isStandard: settings.user.agentSocket == nil)
        defer { withExtendedLifetime(lock) {} }
        let engine = try EngineClient(endpoint: settings.endpoint)
        let events = EngineEvents(endpoint: settings.endpoint)
        let keepers = settings.projects.map { root in
            ProjectKeeper(
                root: root, user: settings.user, engine: engine, events: events,
                paths: settings.paths, watcher: watcher, logger: logger)
        }
        let hub = AgentHub(settings: settings, keepers: keepers)
        let server = try ControlServer.make(socket: settings.socket, delegate: hub, logger: quiet) {
            logger.info("watching \(settings.projects.map(\.string).joined(separator: ", "))")
            ServiceNotification.send("READY=1")
        }
        // They end in the opposite order: the server waits for those who ask to have their answers, and they
        // get them as soon as the keepers have ended.
        let pruning = PruningService(
            snapshots: SnapshotStore(cache: settings.paths.cache, limits: settings.user.snapshots),
            logger: logger)
        let listening = ListeningService(events: events, keepers: keepers)
        let reaping = ReapService(
            keepers, user: settings.user, engine: engine, paths: settings.paths, logger: logger)
        let leases = LeaseService(
            engine: engine, book: LeaseBook(folder: settings.paths.leases),
            policy: { await reaping.policy().ofDeadLeases }, logger: logger)
        let hearing = HintService(engine: engine, logger: logger) { hint in
            if hint == .connected { leases.engineIsBack() }
            await reaping.heard(hint)
        }
        let services: [any Service] =
            [server, pruning, listening, leases, hearing, reaping] + keepers.map { KeeperService(keeper: $0) }
        let group = ServiceGroup(
            configuration: .init(
                services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet))
        // Not before: a signal that comes earlier ends the process as it always does.
        let limit = EndLimit(socket: settings.socket, logger: logger)
        defer { limit.cancel() }
        do {
            try await group.run()
        } catch {
            try? await engine.close()
            throw error
        }
        try await engine.close()
        unlink(settings.socket.string)
        logger.info("stopped")
    }

    /// The frameworks' own words are for those who mend them.
    private var quiet: Logger {
        var quiet = logger
        quiet.logLevel = .error
        return quiet
    }

    private static func watcher() throws -> Watcher {
        do {
            return try Watcher(source: InotifyBinding.standard.open())
        } catch let error as SystemCallError {
            throw error.stokerError(
                .cannotWrite,
                nextStep: "raise fs.inotify.max_user_instances or fs.inotify.max_user_watches (sysctl)")
        }
    }
}

/// Hears what happens at the engine, and tells the keepers.
private struct ListeningService: Service {
    let events: EngineEvents
    let keepers: [ProjectKeeper]

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await events.run() }
                group.addTask {
                    for await _ in events.changes {
                        for keeper in keepers { await keeper.engineChanged() }
                    }
                }
            }
        }
    }
}

/// One project's keeper as a service.
private struct KeeperService: Service {
    let keeper: ProjectKeeper

    func run() async throws {
        await cancelWhenGracefulShutdown { await keeper.run() }
    }
}
