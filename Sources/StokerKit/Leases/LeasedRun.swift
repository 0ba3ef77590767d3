import Glibc
public import Logging
public import StokerCore
public import SystemPackage

/// Runs a command whose containers, networks and volumes are owned: they go when it ends, whatever ends it.
public struct LeasedRun: Sendable {
    public struct Settings: Sendable {
        public var endpoint: Endpoint
        public var paths: StokerPaths
        /// For people: the project's folder, or where the command runs.
        public var project: FilePath
        /// Its words as they came, which need not be UTF-8. Never empty.
        public var command: [[UInt8]]
        public var environment: [String: String]
        /// The path of a program that begins with `LeasedStart.takeRoleIfAsked`.
        public var program: String

        public init(
            endpoint: Endpoint, paths: StokerPaths, project: FilePath, command: [[UInt8]],
            environment: [String: String], program: String = "/proc/self/exe"
        ) {
            self.endpoint = endpoint
            self.paths = paths
            self.project = project
            self.command = command
            self.environment = environment
            self.program = program
        }
    }

    /// What has become of it.
    public struct Outcome: Sendable {
        public var end: LeasedProcess.End
        /// What it left behind, and what became of that; `nil` when it could not be looked for.
        public var report: ReapReport?
        /// Why not everything was removed, in words.
        public var problem: String?
        /// Names of containers that were created beside it, and whose owner nobody is.
        public var unowned: [String]
        /// What it asked of the engine that nobody can own.
        public var unownedRequests: [UnownedRequest]
    }

    private let settings: Settings
    private let logger: Logger

    /// How long creations that the engine has not answered yet are waited for.
    private static let patience = Duration.seconds(10)
    /// Looks for leftovers at most: what was being created while the command was killed may come late.
    private static let looks = 3

    public init(_ settings: Settings, logger: Logger) {
        self.settings = settings
        self.logger = logger
    }

    /// - Parameter signals: once there is a command, those that come are passed on to it; once it has ended they end
    ///   the cleaning up. Before, the caller receives them, and cancels this task.
    /// - Throws: `StokerError` when the command could not be started; nothing is left then.
    public func run(signals: SignalRelay) async throws -> Outcome {
        try await EngineClient.with(settings.endpoint) { engine in
            // An engine that is not there is told before anything runs.
            let before = Set(try await engine.containers().map(\.id))
            let account = try await engine.account()
            let identity = try await engine.identity(account)
            let (clock, engineClock) = (BootClock.system, EngineClock(account))
            let id = LeaseID.random()
            let socket = try socket(id)
            let held = try HeldLease(
                Lease(
                    id: id, project: settings.project.string,
                    commandLine: settings.command.map { String(decoding: $0, as: UTF8.self) },
                    engine: settings.endpoint.host, engineID: identity.id, socket: socket.string),
                in: settings.paths.leases)
            let user = geteuid()
            let proxy = EngineProxy(
                endpoint: settings.endpoint, socket: socket,
                labels: { held.lease.labels(user: user, now: .now).labels },
                ledger: CreationLedger(journal: held.creations) { engineClock.time(at: clock.now()) },
                logger: logger)
            let process: LeasedProcess
            let guardian = guardian(id)
            do {
                try await proxy.start()
                process = try await start(held, socket: socket, signals: signals)
            } catch {
                guardian?.dismiss()
                await proxy.stop(patience: .zero)
                held.remove()
                throw error
            }
            let end = await process.ended()
            // What it has left running is nobody's business any more.
            guardian?.dismiss()
            await proxy.stop(patience: LeasedRun.patience)
            var outcome = await clean(engine, id, signals: signals, before: before)
            outcome.end = end
            outcome.unownedRequests = proxy.unowned
            if outcome.problem == nil { held.remove() }
            held.letGo()
            return outcome
        }
    }

    private func socket(_ id: LeaseID) throws -> FilePath {
        try PrivateDirectory.create(settings.paths.runtime)
        let path = settings.paths.runtime.appending(Lease.socketName(id))
        guard path.string.utf8.count <= SocketPath.limit else {
            throw StokerError(
                .cannotWrite, "the socket's path \(path) is longer than \(SocketPath.limit) bytes",
                nextStep: "set XDG_RUNTIME_DIR to a folder with a shorter path")
        }
        return path
    }

    /// `nil` when there can be none.
    private func guardian(_ id: LeaseID) -> LeaseGuard? {
        do {
            return try LeaseGuard(id, program: settings.program)
        } catch {
            logger.warning("what the command starts would outlive a kill of this run: \(error)")
            return nil
        }
    }

    private func start(
        _ held: HeldLease, socket: FilePath, signals: SignalRelay
    ) async throws -> LeasedProcess {
        let changes = LeasedEnvironment.changes(
            lease: held.lease.id, socket: socket, endpoint: settings.endpoint, old: settings.environment)
        signals.keep()
        // What came before was meant to end us.
        try Task.checkCancellation()
        let process = try await LeasedProcess.start(
            settings.command, program: settings.program, changes: changes, mask: signals.mask)
        do {
            if let identity = process.identity { try held.note(command: identity) }
            // As was this. From here on the terminal's signals reach the process by themselves.
            if !signals.takeKept().isEmpty { throw CancellationError() }
        } catch {
            process.abandon()
            _ = await process.ended()
            throw error
        }
        signals.receive { arrival in
            // The command is in the foreground with us, and has it already.
            if !arrival.isFromTerminal { process.signal(arrival.number) }
        }
        process.begin()
        return process
    }

    // MARK: Afterwards

    private func clean(
        _ engine: EngineClient, _ id: LeaseID, signals: SignalRelay, before: Set<String>
    ) async -> Outcome {
        let book = LeaseBook(folder: settings.paths.leases, ended: [id])
        let logger = logger
        let cleaning = Task {
            var removed: [ReapReport.Container] = []
            var leftovers: [ReapReport.Leftover] = []
            var last = ReapReport(containers: [])
            for _ in 0..<LeasedRun.looks {
                last = try await Reaper(
                    engine: engine, policy: .deadLeasesOnly, leases: book, logger: logger
                ).reap()
                let mine = last.containers.filter { $0.lease == id }
                let others = last.leftovers.filter { $0.lease == id }
                removed += mine.filter { !$0.decision.isLeft }
                leftovers += others.filter { !$0.decision.isLeft }
                if mine.isEmpty && others.isEmpty { break }
            }
            var report = last
            report.containers = removed + last.containers.filter { $0.decision.isLeft }
            report.leftovers = leftovers + last.leftovers.filter { $0.decision.isLeft }
            return report
        }
        signals.receive { _ in cleaning.cancel() }
        var outcome = Outcome(
            end: .exited(0), report: nil, problem: nil, unowned: [], unownedRequests: [])
        do {
            var report = try await cleaning.value
            outcome.unowned = report.containers.filter { $0.lease == nil && !before.contains($0.id) }
                .map { $0.name ?? $0.id }
            report.containers.removeAll { $0.lease != id }
            report.leftovers.removeAll { $0.lease != id }
            if let left = report.containers.first(where: \.decision.isLeft) {
                outcome.problem = "the container \(left.title) is still there: \(left.reason)"
            } else if let left = report.leftovers.first(where: { $0.decision == .failed }) {
                outcome.problem = "the \(left.title) is still there: \(left.reason)"
            }
            outcome.report = report
        } catch is CancellationError {
            outcome.problem = "interrupted"
        } catch {
            outcome.problem = "\(error)"
        }
        return outcome
    }
}
