import StokerCore
import StokerKit
import Synchronization

extension ImageKeeper {
    /// Someone who waits for the end of a run.
    struct Waiter {
        /// What is wanted, and since when.
        let request: WarmRequest
        let asked: SuspendingClock.Instant
        var question: Question
        let timeout: Duration
        /// Until when it waits for others before the run has begun.
        let deadline: SuspendingClock.Instant
        let observer: WarmObserver
        let continuation: CheckedContinuation<WarmResult, any Error>
    }

    /// What the run comes to that answers the question.
    ///
    /// - Parameter timeout: how long to wait for others' builds: for the lock, be it for this run or for an earlier
    ///   one that puts it off. Builds of the agent's own take the time that they take.
    func answer(
        _ request: WarmRequest, since asked: SuspendingClock.Instant, to question: Question,
        timeout: Duration, observer: @escaping WarmObserver
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
                    request: request, asked: asked, question: question, timeout: timeout, deadline: deadline,
                    observer: observer,
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
        for (id, waiter) in waiters where !waiter.question.waits(forRun: runs) && waiter.deadline <= now {
            waiters[id] = nil
            waiter.continuation.resume(throwing: overdue(after: waiter.timeout))
        }
    }

    /// The longest time that those who wait for a run up to this one are willing to wait for its lock.
    func longestTimeout(upTo run: Int) -> Duration? {
        waiters.values.filter { $0.question.firstRun <= run }.map(\.timeout).max()
    }

    /// Those whom the run answers.
    func endWaiters(ofRun run: Int, _ request: WarmRequest, with result: WarmResult) {
        tellReading()
        let isAskedEarly = waiters.values.contains { $0.question.firstRun > run && $0.question.goal != nil }
        let proof = isAskedEarly ? warmer.proof(request, of: result) : nil
        var result = result
        // It was built once, for the first of those who asked before it began.
        let order = waiters.sorted { $0.value.question.firstRun < $1.value.question.firstRun }
        for (id, waiter) in order where waiter.question.isAnswered(byRun: run, proof) {
            if waiter.question.firstRun > run { result.shareOut() }
            waiters[id] = nil
            waiter.continuation.resume(returning: result)
            result.shareOut()
        }
    }

    /// Those who wait for the run, which has failed.
    func endWaiters(ofRun run: Int, with error: any Error) {
        tellReading()
        for (id, waiter) in waiters where waiter.question.waits(forRun: run) {
            waiters[id] = nil
            waiter.continuation.resume(throwing: error)
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

/// When a run has begun to read the inputs for a build; last, where it has done so again.
final class Reading: Sendable {
    private let instant = Mutex<SuspendingClock.Instant?>(nil)

    func begin() { instant.withLock { $0 = .now } }

    var since: SuspendingClock.Instant? { instant.withLock { $0 } }
}

extension WarmResult {
    /// What it is to everybody but the one for whom it was built.
    fileprivate mutating func shareOut() {
        if outcome == .built || outcome == .restored { outcome = .waited }
    }
}
