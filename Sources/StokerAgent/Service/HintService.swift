import Logging
import ServiceLifecycle
import StokerKit

/// Hears what the engine tells of its containers, and connects again whenever that ends: after ever longer delays,
/// and never as long ones as those of others.
struct HintService: Service {
    let engine: EngineClient
    let logger: Logger
    let heard: @Sendable (ContainerHint) async -> Void

    /// The most that it grows to, and so the most that passes from an engine's start to the first look.
    private static let longestDelay = Duration.seconds(10)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var backoff = Backoff(first: .milliseconds(400), longest: HintService.longestDelay)
            var generator = SystemRandomNumberGenerator()
            while !Task.isCancelled {
                let began = ContinuousClock.now
                do {
                    try await engine.hear(heard)
                } catch {
                    logger.debug("cannot hear the engine: \(error)")
                }
                // One that ends each connection at once is as good as away.
                if began.duration(to: .now) > HintService.longestDelay { backoff.reset() }
                try? await Task.sleep(for: backoff.next(using: &generator))
            }
        }
    }
}
