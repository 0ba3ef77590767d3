import StokerCore
import StokerKit

extension ImageKeeper {
    /// Someone who waits for the end of a run.
    struct Waiter {
        /// The first run that answers the question.
        let run: Int
        let timeout: Duration
        /// Until when it waits for others before the run has begun.
        let deadline: SuspendingClock.Instant
        let observer: WarmObserver
        let continuation: CheckedContinuation<WarmResult, any Error>
    }

    /// What `run`, or a later one, comes to.
    ///
    /// - Parameter timeout: how long to wait for others' builds: for the lock, be it for this run or for an earlier
    ///   one that puts it off. Builds of the agent's own take the time that they take.
    func answer(
        ofRun run: Int, timeout: Duration, observer: @escaping WarmObserver
    ) async throws -> WarmResult {
        let id = UInt64.random(in: .min ... .max)
        let deadline = SuspendingClock.now.advanced(by: timeout)
        let timer = Task {
            try await Task.sleep(until: deadline, clock: .suspending)
            endOverdueWaiters()
        }
        defer { timer.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if Task.isCancelled || isOver { return continuation.resume(throwing: CancellationError()) }
                waiters[id] = Waiter(
                    run: run, timeout: timeout, deadline: deadline, observer: observer,
                    continuation: continuation)
            }
        } onCancel: {
            Task { await self.cancelWaiter(id) }
        }
    }

    /// Ends those whose time is over while a run that puts theirs off waits for somebody else's lock.
    func endOverdueWaiters() {
        guard case .waiting = story.latest else { return }
        let now = SuspendingClock.now
        for (id, waiter) in waiters where waiter.run > runs && waiter.deadline <= now {
            waiters[id] = nil
            waiter.continuation.resume(throwing: overdue(after: waiter.timeout))
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
            if case .success(var shared) = result, [.built, .restored].contains(shared.outcome) {
                shared.outcome = .waited
                result = .success(shared)
            }
        }
    }

    private func cancelWaiter(_ id: UInt64) {
        waiters.removeValue(forKey: id)?.continuation.resume(throwing: CancellationError())
    }

    /// Names whoever has the lock that is waited for.
    private func overdue(after timeout: Duration) -> StokerError {
        guard let image = try? settings().image else {
            return StokerError(
                .lockTimeout, "waited \(DurationText.format(timeout)) for the lock of \(name)",
                nextStep: "see `stoker status`, or allow more time with --timeout")
        }
        return ImageLock.overdue(image, after: timeout)
    }
}
