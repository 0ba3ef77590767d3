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
        try Task.checkCancellation()
        if let lock = try tryAcquire(path, holder: holder, isKept: isKept) { return (lock, false) }
        let first = BuildLock.holder(at: path)
        onWait(first)
        let listener = Mutex<(@Sendable (LockHolder?) -> Void)?>(onWait)
        let story = Task {
            await retell(path, after: first) { holder in listener.withLock { $0?(holder) } }
        }
        defer {
            story.cancel()
            // Nothing is told any more when this returns.
            listener.withLock { $0 = nil }
        }
        do {
            return (try await LockWait(path, line: holder.line, isKept: isKept).lock(until: deadline), true)
        } catch is LockWait.Overdue {
            throw overdue(path, after: timeout)
        }
    }

    /// Tells of the holder until it is cancelled.
    private static func retell(
        _ path: FilePath, after first: LockHolder?, _ onWait: @Sendable (LockHolder?) -> Void
    ) async {
        var told = first
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
    struct Overdue: Error {}

    private enum State {
        case waiting(CheckedContinuation<BuildLock, any Error>?)
        case over
    }
    private let path: FilePath
    /// Made beforehand: whoever is woken has the lock the sooner.
    private let line: [UInt8]
    private let isKept: Bool
    private let state = Mutex<State>(.waiting(nil))

    init(_ path: FilePath, line: [UInt8], isKept: Bool) {
        self.path = path
        self.line = line
        self.isKept = isKept
    }

    /// - Throws: `Overdue`; `CancellationError`; `StokerError`.
    func lock(until deadline: SuspendingClock.Instant) async throws -> BuildLock {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                state.withLock { $0 = .waiting(continuation) }
                if Task.isCancelled {
                    finish(.failure(CancellationError()))
                    return
                }
                Thread.detachNewThread { [self] in
                    do {
                        if let lock = try take(), !finish(.success(lock)) { lock.release() }
                    } catch {
                        finish(.failure(error))
                    }
                }
                let left = SuspendingClock.now.duration(to: deadline)
                // Weak, since a wait that is over need not be remembered until the deadline.
                DispatchQueue.global().asyncAfter(deadline: .now() + left.dispatchInterval) { [weak self] in
                    self?.finish(.failure(Overdue()))
                }
            }
        } onCancel: {
            finish(.failure(CancellationError()))
        }
    }

    /// Sleeps in the kernel until the file that has the name is locked.
    ///
    /// - Returns: `nil` when it came too late.
    private func take() throws -> BuildLock? {
        var left: [UInt8]?
        while true {
            let opened = try BuildLock.open(path)
            let file = opened.file
            while flock(file.descriptor, LOCK_EX) != 0 {
                if errno == EINTR { continue }
                throw SystemCallError.last("lock", path.string).stokerError(.cannotWrite)
            }
            let isOver = state.withLock { if case .over = $0 { true } else { false } }
            if isOver {
                file.unlock()
                return nil
            }
            // Also of a file that has lost its name: its holder wrote into that one.
            left = BuildLock.content(of: file) ?? left
            if let lock = BuildLock.adopt(opened, path: path, line: line, isKept: isKept, left: left) {
                return lock
            }
        }
    }

    /// Whether this was the first outcome, and so the one that counts.
    @discardableResult
    private func finish(_ result: Result<BuildLock, any Error>) -> Bool {
        let continuation: CheckedContinuation<BuildLock, any Error>? = state.withLock { state in
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
