import Logging
import ServiceLifecycle
import StokerCore
import StokerKit
import Synchronization

/// Cleans up after owners as soon as they are dead, and the engine is there.
final class LeaseService: Service {
    private let engine: EngineClient
    private let book: LeaseBook
    private let policy: @Sendable () async -> ReapPolicy
    private let logger: Logger
    private let isBack = Atomic(false)
    private let (returns, feed) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    /// - Parameter policy: that of the moment; it takes nothing but what dead owners have left behind.
    init(
        engine: EngineClient, book: LeaseBook, policy: @escaping @Sendable () async -> ReapPolicy,
        logger: Logger
    ) {
        self.engine = engine
        self.book = book
        self.policy = policy
        self.logger = logger
    }

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
        await cancelWhenGracefulShutdown { [self] in
            await withDiscardingTaskGroup { group in
                group.addTask { [self] in for await _ in returns { watch.wake(after: .zero) } }
                group.addTask { [self] in await follow(watch) }
            }
        }
    }

    /// The engine can be heard again. What it did not answer to before it may answer now.
    func engineIsBack() {
        isBack.store(true, ordering: .relaxed)
        feed.yield()
    }

    private func follow(_ watch: LeaseWatch) async {
        var known: Set<LeaseID> = []
        var due: [ContinuousClock.Instant] = []
        var setbacks = Setbacks()
        var backoff = Backoff()
        var generator = SystemRandomNumberGenerator()
        watch.wake(after: .zero)
        for await _ in watch.changes {
            let dead = Set(
                watch.entries().filter { $0.isDead(on: engine.endpoint.host) }.map(\.lease.id))
            let now = ContinuousClock.now
            let returned = isBack.exchange(false, ordering: .relaxed) && !dead.isEmpty
            let isDue = returned || due.contains { $0 <= now }
            due.removeAll { $0 <= now }
            var delays = dead.isSubset(of: known) ? [] : LeaseService.repetitions
            known = dead
            if isDue || !delays.isEmpty {
                if await reap(&setbacks) {
                    backoff.reset()
                } else {
                    delays.append(backoff.next(using: &generator))
                }
            }
            let end = ContinuousClock.now
            due += delays.map { end + $0 }
            delays.forEach(watch.wake)
        }
    }

    /// - Returns: whether the engine answered.
    private func reap(_ setbacks: inout Setbacks) async -> Bool {
        do {
            let report = try await Reaper(
                engine: engine, policy: await policy(), leases: book, logger: logger
            ).reap(setbacks: &setbacks)
            for line in report.doings { logger.info("\(line)") }
            return !report.engineFellSilent
        } catch is CancellationError {
            return true
        } catch {
            logger.warning("cannot clean up after a dead owner: \(error)")
            return false
        }
    }
}
