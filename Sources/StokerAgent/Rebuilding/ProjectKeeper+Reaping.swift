import Foundation
import Logging
import StokerCore
import StokerKit

extension ProjectKeeper {
    /// Reaps whenever it is due, until it is cancelled.
    func reapOnTime() async {
        var setbacks = Setbacks()
        var generator = SystemRandomNumberGenerator()
        while !Task.isCancelled {
            reaping = (try? ProjectSettings.load(root: root, user: user))?.reaping ?? settings?.reaping
            let every = reaping?.every ?? .seconds(60)
            reapSchedule.begin()
            switch await look(&setbacks) {
            case .done(let nextDue):
                reapSchedule.looked(at: sinceStart, every: every, nextDue: nextDue)
            case .unanswered: reapSchedule.failed(at: sinceStart, every: every, using: &generator)
            }
            await napUntilDue()
        }
    }

    /// The engine has told something of its containers.
    func heard(_ hint: ContainerHint) {
        guard let reaping else { return }
        reapSchedule.heard(hint, at: sinceStart, policy: ReapPolicy(reaping))
        nap?.cancel()
    }

    private func napUntilDue() async {
        while !Task.isCancelled {
            let delay = reapSchedule.due - sinceStart
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

    private func look(_ setbacks: inout Setbacks) async -> Look {
        // Without settings there is nothing to look for.
        guard let settings = reaping else { return .done(nextDue: nil) }
        let now = Date().timeIntervalSince1970
        do {
            var report = try await Reaper(
                engine: engine, policy: ReapPolicy(settings), leases: leases, logger: logger
            ).reap(setbacks: &setbacks)
            if !report.engineFellSilent { try await reapImages(into: &report) }
            let decisions = report.containers.map(\.decision) + report.leftovers.map(\.decision)
            let counts = Dictionary(grouping: decisions, by: \.self).mapValues(\.count)
            lastReap = StatusReport.Reap(
                at: now, removed: counts[.removed] ?? 0, kept: counts[.keep] ?? 0,
                failed: counts[.failed] ?? 0,
                problem: report.confirmation)
            for line in report.doings { logger.info("\(line)") }
            if let confirmation = report.confirmation { logger.warning("\(confirmation)") }
            return report.engineFellSilent ? .unanswered : .done(nextDue: report.nextDue)
        } catch is CancellationError {
            return .unanswered
        } catch {
            lastReap = StatusReport.Reap(at: now, removed: 0, kept: 0, failed: 0, problem: "\(error)")
            logger.warning("cannot reap: \(error)")
            return .unanswered
        }
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
