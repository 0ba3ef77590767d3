import Synchronization

/// Limits how long an exchange may go on without getting on, however much comes meanwhile.
final class Progress: Sendable {
    /// The time was over.
    struct Missing: Error {}

    private let last = Mutex(SuspendingClock.now)

    private init() {}

    /// It has got on.
    func note() { last.withLock { $0 = .now } }

    /// Runs `work`, and cancels it when nothing has been noted for longer than `limit`.
    ///
    /// - Throws: `Missing`, or what the work throws.
    static func withLimit<Value: Sendable>(
        _ limit: Duration, _ work: @escaping @Sendable (Progress) async throws -> Value
    ) async throws -> Value {
        let progress = Progress()
        return try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await work(progress) }
            group.addTask {
                while case let end = progress.last.withLock({ $0 }) + limit, end > .now {
                    try await Task.sleep(until: end, clock: .suspending)
                }
                throw Missing()
            }
            defer { group.cancelAll() }
            // Two tasks were added, so there is a first to end.
            return try await group.next()!
        }
    }
}
