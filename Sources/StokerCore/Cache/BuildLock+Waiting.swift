import Dispatch
import Foundation
import Glibc
import Synchronization
public import SystemPackage

extension BuildLock {
    /// Takes the lock, sleeping in the kernel until the holder lets go or dies.
    ///
    /// - Parameters:
    ///   - isKept: whether the file is left in place, emptied, when the lock is let go.
    ///   - timeout: measured on the monotonic clock, which stands still while the machine is suspended.
    ///   - onWait: called with what the holder says of itself, when the lock is not free, and again whenever it says
    ///     something else, at most once a second.
    /// - Throws: `StokerError` with `.lockTimeout`, naming the holder; `CancellationError`.
    public static func acquire(
        _ path: FilePath, holder: LockHolder, isKept: Bool = false, timeout: Duration,
        onWait: @escaping @Sendable (LockHolder?) -> Void = { _ in }
    ) async throws -> (lock: BuildLock, waited: Bool) {
        let deadline = SuspendingClock.now.advanced(by: timeout)
        var story: Task<Void, Never>?
        var before: LockHolder?
        let result: Result<BuildLock, any Error>
        do {
            while true {
                try Task.checkCancellation()
                if let lock = try tryAcquire(path, holder: holder, isKept: isKept, before: before) {
                    result = .success(lock)
                    break
                }
                if story == nil { story = Task { await retell(path, onWait) } }
                let file = try open(path)
                guard try await LockWait(file).value(until: deadline) else {
                    throw overdue(path, after: timeout)
                }
                // Also of a file that has lost its name: its holder wrote into that one.
                before = BuildLock.holder(in: file) ?? before
                if let lock = try adopt(file, path: path, holder: holder, isKept: isKept, before: before) {
                    result = .success(lock)
                    break
                }
            }
        } catch {
            result = .failure(error)
        }
        story?.cancel()
        // Nothing is told any more when this returns.
        await story?.value
        return (try result.get(), story != nil)
    }

    /// Tells of the holder until it is cancelled.
    private static func retell(_ path: FilePath, _ onWait: @Sendable (LockHolder?) -> Void) async {
        var told = BuildLock.holder(at: path)
        onWait(told)
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            // Nothing can be read of it while it changes hands.
            guard let now = BuildLock.holder(at: path), now != told else { continue }
            told = now
            onWait(now)
        }
    }

    /// Who waited too long for the lock at `path`, and for whom.
    public static func overdue(_ path: FilePath, after timeout: Duration) -> StokerError {
        let now = Date().timeIntervalSince1970
        let holder = BuildLock.holder(at: path)?.story(now: now) ?? "another program"
        return StokerError(
            .lockTimeout, "waited \(DurationText.format(timeout)) for \(path), held by \(holder)",
            nextStep: "wait for it to end, stop it, or allow more time with --timeout")
    }
}

/// One wait in `flock`, which can neither be given a deadline nor be interrupted without a signal handler
/// of our own in somebody else's process. So a thread of its own waits; at the deadline it is left behind,
/// and lets the lock go again when it gets it at last.
private final class LockWait: Sendable {
    private enum State {
        case waiting(CheckedContinuation<Bool, any Error>?)
        case over
    }
    private let file: HeldFile
    private let state = Mutex<State>(.waiting(nil))

    init(_ file: HeldFile) { self.file = file }

    /// Whether the file was locked in time.
    func value(until deadline: SuspendingClock.Instant) async throws -> Bool {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                state.withLock { $0 = .waiting(continuation) }
                if Task.isCancelled {
                    finish(.failure(CancellationError()))
                    return
                }
                Thread.detachNewThread { [self] in
                    while flock(file.descriptor, LOCK_EX) != 0 {
                        if errno == EINTR { continue }
                        finish(.failure(SystemCallError.last("lock", file.path)))
                        return
                    }
                    if !finish(.success(true)) { file.unlock() }
                }
                let left = SuspendingClock.now.duration(to: deadline)
                // Weak, since a wait that is over must not keep its descriptor until the deadline.
                DispatchQueue.global().asyncAfter(deadline: .now() + left.dispatchInterval) { [weak self] in
                    _ = self?.finish(.success(false))
                }
            }
        } onCancel: {
            finish(.failure(CancellationError()))
        }
    }

    /// Whether this was the first outcome, and so the one that counts.
    @discardableResult
    private func finish(_ result: Result<Bool, any Error>) -> Bool {
        let continuation: CheckedContinuation<Bool, any Error>? = state.withLock { state in
            guard case .waiting(let continuation) = state, let continuation else { return nil }
            state = .over
            return continuation
        }
        continuation?.resume(with: result)
        return continuation != nil
    }
}

extension Duration {
    var dispatchInterval: DispatchTimeInterval {
        // More than a century overflows, and is for ever anyway.
        if components.seconds > 100 * 366 * 86_400 { return .never }
        let nanoseconds = components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
        return .nanoseconds(Int(max(0, nanoseconds)))
    }
}
