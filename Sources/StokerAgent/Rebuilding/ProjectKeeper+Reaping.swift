import Foundation
import Logging
import StokerCore
import StokerKit

extension ProjectKeeper {
    /// Reaps when it is time, until it is cancelled.
    func reapOnTime() async {
        while !Task.isCancelled {
            let reaping = (try? ProjectSettings.load(root: root, user: user))?.reaping ?? settings?.reaping
            if let reaping { await reap(reaping) }
            try? await Task.sleep(for: reaping?.every ?? .seconds(60))
        }
    }

    private func reap(_ settings: ReapSettings) async {
        let now = Date().timeIntervalSince1970
        do {
            let reaper = Reaper(engine: engine, policy: ReapPolicy(settings), logger: logger)
            let report = try await reaper.carryOut(try await reaper.plan(), confirmed: false)
            let counts = Dictionary(grouping: report.containers, by: \.decision).mapValues(\.count)
            lastReap = StatusReport.Reap(
                at: now, removed: counts[.removed] ?? 0, kept: counts[.keep] ?? 0,
                failed: counts[.failed] ?? 0,
                problem: report.confirmation)
            for container in report.containers
            where container.decision == .removed || container.decision == .failed {
                logger.info("\(container.decision) \(container.name ?? container.id): \(container.reason)")
            }
            if let confirmation = report.confirmation { logger.warning("\(confirmation)") }
        } catch is CancellationError {
        } catch {
            lastReap = StatusReport.Reap(at: now, removed: 0, kept: 0, failed: 0, problem: "\(error)")
            logger.warning("cannot reap: \(error)")
        }
    }
}
