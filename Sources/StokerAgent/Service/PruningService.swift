import Logging
import ServiceLifecycle
import StokerKit

/// Keeps the snapshots within their limits, also those of projects that nobody builds any more.
struct PruningService: Service {
    let snapshots: SnapshotStore
    let logger: Logger

    private static let interval = Duration.seconds(3600)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    for (key, reason) in try await snapshots.prune() {
                        logger.info("removed the snapshot \(key): \(reason)")
                    }
                } catch {
                    logger.warning("cannot remove old snapshots: \(error)")
                }
                try? await Task.sleep(for: PruningService.interval)
            }
        }
    }
}
