import StokerCore
import StokerKit

extension ImageKeeper {
    /// Someone who waits for the end of a run.
    struct Waiter {
        /// The first run that answers the question.
        let run: Int
        let timeout: Duration
        let observer: WarmObserver
        let continuation: CheckedContinuation<WarmResult, any Error>
    }

    /// What `run`, or a later one, comes to.
    ///
    /// - Parameters:
    ///   - timeout: how long the run may be put off by an earlier one. Within the run itself it is the time to
    ///     wait for the lock.
    ///   - isPutOff: whether there is an earlier one; otherwise the run starts at once.
    func answer(
        ofRun run: Int, timeout: Duration, isPutOff: Bool, observer: @escaping WarmObserver
    ) async throws -> WarmResult {
        let id = UInt64.random(in: .min ... .max)
        let deadline = Task {
            guard isPutOff else { return }
            try await Task.sleep(for: timeout, clock: .suspending)
            endWaiter(id, unlessStarted: run)
        }
        defer { deadline.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if Task.isCancelled || isOver { return continuation.resume(throwing: CancellationError()) }
                waiters[id] = Waiter(
                    run: run, timeout: timeout, observer: observer, continuation: continuation)
            }
        } onCancel: {
            Task { await self.cancelWaiter(id) }
        }
    }

    /// The longest time that those who wait for a run up to this one are willing to wait for its lock.
    func longestTimeout(upTo run: Int) -> Duration? {
        waiters.values.filter { $0.run <= run }.map(\.timeout).max()
    }

    func endWaiters(upTo run: Int, with result: Result<WarmResult, any Error>) {
        var result = result
        for (id, waiter) in waiters where waiter.run <= run {
            waiters[id] = nil
            waiter.continuation.resume(with: result)
            // It was built once, for the first of them.
            if case .success(var shared) = result, shared.outcome == .built {
                shared.outcome = .waited
                result = .success(shared)
            }
        }
    }

    private func cancelWaiter(_ id: UInt64) {
        waiters.removeValue(forKey: id)?.continuation.resume(throwing: CancellationError())
    }

    private func endWaiter(_ id: UInt64, unlessStarted run: Int) {
        guard runs < run, let waiter = waiters.removeValue(forKey: id) else { return }
        waiter.continuation.resume(throwing: overdue(after: waiter.timeout))
    }

    /// Names whoever the run that goes on is waiting for; otherwise the run itself.
    private func overdue(after timeout: Duration) -> StokerError {
        if case .waiting = story.latest, let lock = try? settings().image.lock {
            return BuildLock.overdue(lock, after: timeout)
        }
        return StokerError(
            .lockTimeout, "waited \(DurationText.format(timeout)) for the agent's build of \(name)",
            nextStep: "see `stoker status`, or allow more time with --timeout")
    }
}
