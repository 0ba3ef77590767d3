import Glibc

/// Time since the boot, that of sleep included, and waiting.
///
/// Containers grow older while the machine sleeps, so the clock that carries on the engine's must too.
struct BootClock: Sendable {
    var now: @Sendable () -> Duration
    var sleep: @Sendable (Duration) async throws -> Void

    static let system = BootClock {
        var time = timespec()
        // Fails only for clocks that the kernel does not know; this one came with Linux 2.6.39.
        clock_gettime(CLOCK_BOOTTIME, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    } sleep: {
        try await Task.sleep(for: $0)
    }
}
