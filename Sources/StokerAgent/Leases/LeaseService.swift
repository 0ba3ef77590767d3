import Logging
import ServiceLifecycle
import StokerCore
import StokerKit

/// Cleans up after owners as soon as they are dead.
struct LeaseService: Service {
    let engine: EngineClient
    let book: LeaseBook
    let logger: Logger

    /// When it is looked again after a death: what was asked of the engine right before may come late, and the engine
    /// may be away. What comes after the last of them, the projects' own looks find.
    private static let repetitions: [Duration] = [
        .seconds(1), .seconds(4), .seconds(15), .seconds(60), .seconds(240),
    ]

    func run() async throws {
        let watch: LeaseWatch
        do {
            watch = try LeaseWatch(book)
        } catch {
            // The projects' own looks find the dead as well, only later.
            logger.warning("cannot watch the leases: \(error)")
            try? await gracefulShutdown()
            return
        }
        await cancelWhenGracefulShutdown { await follow(watch) }
    }

    private func follow(_ watch: LeaseWatch) async {
        var known: Set<LeaseID> = []
        var due: [ContinuousClock.Instant] = []
        watch.wake(after: .zero)
        for await _ in watch.changes {
            let dead = Set(
                watch.entries().filter { $0.fate.isDead && $0.lease.engine == engine.endpoint.host }
                    .map(\.lease.id))
            let now = ContinuousClock.now
            let isDue = due.contains { $0 <= now }
            due.removeAll { $0 <= now }
            let isNew = !dead.isSubset(of: known)
            known = dead
            if isNew {
                due += LeaseService.repetitions.map { now + $0 }
                LeaseService.repetitions.forEach(watch.wake)
            }
            if isNew || isDue { await reap() }
        }
    }

    private func reap() async {
        do {
            let report = try await Reaper(
                engine: engine, policy: .deadLeasesOnly, leases: book, logger: logger
            ).reap()
            for line in report.doings { logger.info("\(line)") }
        } catch is CancellationError {
        } catch {
            logger.warning("cannot clean up after a dead owner: \(error)")
        }
    }
}
