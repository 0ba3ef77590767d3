import Foundation
import Logging
import StokerCore
import StokerKit

extension ProjectKeeper {
    /// Reaps when it is time, until it is cancelled: as often as the settings say, earlier when something comes of age
    /// by then, and later and later where the engine does not answer.
    func reapOnTime() async {
        var setbacks = Setbacks()
        var backoff = Backoff()
        var generator = SystemRandomNumberGenerator()
        while !Task.isCancelled {
            let reaping = (try? ProjectSettings.load(root: root, user: user))?.reaping ?? settings?.reaping
            var delay = reaping?.every ?? .seconds(60)
            if let reaping {
                if let due = await reap(reaping, &setbacks) {
                    backoff.reset()
                    delay = min(delay, max(due, ProjectKeeper.shortestDelay))
                } else {
                    delay = min(delay, backoff.next(using: &generator))
                }
            }
            try? await Task.sleep(for: delay)
        }
    }

    /// What comes of age one by one is not looked at one by one.
    private static let shortestDelay = Duration.seconds(5)

    /// - Returns: when the next container comes of age, far away if none does; `nil` when the engine did not answer.
    private func reap(_ settings: ReapSettings, _ setbacks: inout Setbacks) async -> Duration? {
        let now = Date().timeIntervalSince1970
        do {
            var report = try await Reaper(
                engine: engine, policy: ReapPolicy(settings), leases: leases, logger: logger
            ).reap(setbacks: &setbacks)
            if !report.engineFellSilent { report.images = try await reapImages() }
            let decisions = report.containers.map(\.decision) + report.leftovers.map(\.decision)
            let counts = Dictionary(grouping: decisions, by: \.self).mapValues(\.count)
            lastReap = StatusReport.Reap(
                at: now, removed: counts[.removed] ?? 0, kept: counts[.keep] ?? 0,
                failed: counts[.failed] ?? 0,
                problem: report.confirmation)
            for line in report.doings { logger.info("\(line)") }
            if let confirmation = report.confirmation { logger.warning("\(confirmation)") }
            return report.engineFellSilent ? nil : report.nextDue ?? .seconds(86_400)
        } catch is CancellationError {
            return nil
        } catch {
            lastReap = StatusReport.Reap(at: now, removed: 0, kept: 0, failed: 0, problem: "\(error)")
            logger.warning("cannot reap: \(error)")
            return nil
        }
    }

    /// That of images nothing is known is no reason not to tell of containers.
    private func reapImages() async throws -> [ReapReport.Image] {
        do {
            return try await ImageReaper(engine, cache: cache, user: user, logger: logger).reap()
        } catch let error as CancellationError {
            throw error
        } catch {
            logger.warning("cannot reap images: \(error)")
            return []
        }
    }
}
