import Logging
import ServiceLifecycle
import StokerKit

/// Hears what the engine tells of its containers, and connects again whenever that ends: after ever longer delays,
/// and never as long ones as those of others.
struct HintService: Service {
    let engine: EngineClient
    let logger: Logger
    let heard: @Sendable (ContainerHint) async -> Void

    /// One that ends each connection sooner is as good as away.
    private static let shortestStay = Duration.seconds(10)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var backoff = Backoff.ofListeners
            var generator = SystemRandomNumberGenerator()
            while !Task.isCancelled {
                let began = ContinuousClock.now
                do {
                    try await engine.hear(heard)
                } catch {
                    logger.debug("cannot hear the engine: \(error)")
                }
                if began.duration(to: .now) > HintService.shortestStay { backoff.reset() }
                try? await Task.sleep(for: backoff.next(using: &generator))
            }
        }
    }
}
