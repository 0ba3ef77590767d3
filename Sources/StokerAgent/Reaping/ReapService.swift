import Foundation
import Logging
import ServiceLifecycle
import StokerCore
import StokerKit
import SystemPackage

/// Reaps on time, for all projects of the agent together.
///
/// Each container is looked at once, and goes only if all projects that have a say in it let it go. With a look for each
/// project the one with the shortest limits would decide about the containers of all.
actor ReapService: Service {
    private let keepers: [ProjectKeeper]
    private let user: UserSettings
    private let engine: EngineClient
    private let cache: FilePath
    private let leases: LeaseBook
    private let logger: Logger
    /// As of the last look.
    private var lastPolicy: ReapPolicy?
    private var schedule = ReapSchedule(at: .zero)
    /// Ends early when something is heard.
    private var nap: Task<Void, Never>?
    private let start = ContinuousClock.now
    private var sinceStart: Duration { ContinuousClock.now - start }

    init(
        _ keepers: [ProjectKeeper], user: UserSettings, engine: EngineClient, paths: StokerPaths,
        logger: Logger
    ) {
        self.keepers = keepers
        self.user = user
        self.engine = engine
        cache = paths.cache
        leases = LeaseBook(folder: paths.leases)
        self.logger = logger
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { await self.reapOnTime() }
    }

    private func reapOnTime() async {
        var setbacks = Setbacks()
        var generator = SystemRandomNumberGenerator()
        while !Task.isCancelled {
            let settings = await settings()
            let policy = ReapPolicy(settings)
            lastPolicy = policy
            let every = ReapSettings.interval(of: settings, user: user)
            schedule.begin()
            switch await look(policy, &setbacks) {
            case .done(let nextDue): schedule.looked(at: sinceStart, every: every, nextDue: nextDue)
            case .unanswered: schedule.failed(at: sinceStart, every: every, using: &generator)
            }
            await napUntilDue()
        }
    }

    /// What all projects say together at this moment.
    func policy() async -> ReapPolicy { ReapPolicy(await settings()) }

    /// What each project says.
    private func settings() async -> [ReapSettings] {
        var all: [ReapSettings] = []
        for keeper in keepers {
            all.append(await keeper.reapSettings() ?? .unreadable(root: keeper.root, user: user))
        }
        return all
    }

    /// The engine has told something of its containers.
    func heard(_ hint: ContainerHint) {
        guard let lastPolicy else { return }
        schedule.heard(hint, at: sinceStart, policy: lastPolicy)
        nap?.cancel()
    }

    private func napUntilDue() async {
        while !Task.isCancelled {
            let delay = schedule.due - sinceStart
            if delay <= .zero { return }
            let nap = Task { _ = try? await Task.sleep(for: delay) }
            self.nap = nap
            await withTaskCancellationHandler {
                await nap.value
            } onCancel: {
                nap.cancel()
            }
        }
    }

    private enum Look {
        /// With when the next container comes of age, if one does.
        case done(nextDue: Duration?)
        case unanswered
    }

    private func look(_ policy: ReapPolicy, _ setbacks: inout Setbacks) async -> Look {
        let now = Date().timeIntervalSince1970
        do {
            var report = try await Reaper(
                engine: engine, policy: policy, leases: leases, logger: logger
            ).reap(setbacks: &setbacks)
            if !report.engineFellSilent { try await reapImages(into: &report) }
            let decisions = report.containers.map(\.decision) + report.leftovers.map(\.decision)
            let counts = Dictionary(grouping: decisions, by: \.self).mapValues(\.count)
            for line in report.doings { logger.info("\(line)") }
            if let confirmation = report.confirmation { logger.warning("\(confirmation)") }
            await tell(
                StatusReport.Reap(
                    at: now, removed: counts[.removed] ?? 0, kept: counts[.keep] ?? 0,
                    failed: counts[.failed] ?? 0, problem: report.confirmation))
            return report.engineFellSilent ? .unanswered : .done(nextDue: report.nextDue)
        } catch is CancellationError {
            return .unanswered
        } catch {
            logger.warning("cannot reap: \(error)")
            await tell(StatusReport.Reap(at: now, removed: 0, kept: 0, failed: 0, problem: "\(error)"))
            return .unanswered
        }
    }

    private func tell(_ reap: StatusReport.Reap) async {
        for keeper in keepers { await keeper.reaped(reap) }
    }

    /// That of images nothing is known is no reason not to tell of containers.
    private func reapImages(into report: inout ReapReport) async throws {
        do {
            try await ImageReaper(engine, cache: cache, user: user, logger: logger).reap(into: &report)
        } catch let error as CancellationError {
            throw error
        } catch {
            logger.warning("cannot reap images: \(error)")
        }
    }
}
