public import Foundation
import Glibc
import Synchronization

/// A child process: the leader of a process group of its own, deaf to no signal.
///
/// Not Foundation's, which lets the child inherit the signal mask of whichever thread it runs on, crashes now
/// and then when several threads begin one, and whose pipes are inherited by the children of other tests, so
/// that they do not end when they are closed.
public final class ChildProcess: Sendable {
    public struct CannotStart: Error { let number: Int32 }

    /// Where one of its standard streams leads.
    public enum Stream: Sendable {
        case null
        /// Appended to; made where it is missing.
        case file(String)
        case descriptor(Int32)

        func add(to actions: inout posix_spawn_file_actions_t, as number: Int32) {
            switch self {
            case .null:
                posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0)
            case .file(let path):
                posix_spawn_file_actions_addopen(
                    &actions, number, path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
            case .descriptor(let descriptor):
                posix_spawn_file_actions_adddup2(&actions, descriptor, number)
            }
        }
    }

    private enum State {
        case running([CheckedContinuation<Int32, Never>])
        case ended(Int32)
    }

    public let pid: pid_t
    private let state = Mutex(State.running([]))
    private let end = DispatchGroup()

    /// - Parameters:
    ///   - words: the program, as the PATH in `environment` finds it or absolute, and its arguments.
    ///   - folder: where it runs; ours when it is `nil`.
    public init(
        _ words: [String], environment: [String: String] = ProcessInfo.processInfo.environment,
        folder: String? = nil, input: Stream = .null, output: Stream = .null,
        errors: Stream = .descriptor(2)
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, stream) in [input, output, errors].enumerated() {
            stream.add(to: &actions, as: Int32(number))
        }
        // NIO's sockets are not closed on exec, and another test would wait for a connection's end as long as this runs.
        closeAllButStandard(in: &actions)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        // env looks on the PATH that the child gets, not on ours.
        var arguments = (["env"] + (folder.map { ["--chdir", $0] } ?? []) + words).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        var pid: pid_t = 0
        let failure = posix_spawn(&pid, "/usr/bin/env", &actions, &attributes, &arguments, &variables)
        guard failure == 0 else { throw CannotStart(number: failure) }
        self.pid = pid
        end.enter()
        Thread.detachNewThread { [self] in reap() }
    }

    public var isRunning: Bool {
        state.withLock { state in if case .running = state { true } else { false } }
    }

    /// Sends a signal, unless it has ended and its number may be another's.
    ///
    /// - Returns: whether it was sent.
    @discardableResult
    public func signal(_ number: Int32, toGroup: Bool = false) -> Bool {
        state.withLock { state in
            guard case .running = state else { return false }
            return kill(toGroup ? -pid : pid, number) == 0
        }
    }

    /// Waits for its end: the exit status, or 128 and the number of the signal that ended it.
    public var status: Int32 {
        get async {
            await withCheckedContinuation { continuation in
                let status: Int32? = state.withLock { state in
                    switch state {
                    case .ended(let status): return status
                    case .running(let waiters):
                        state = .running(waiters + [continuation])
                        return nil
                    }
                }
                if let status { continuation.resume(returning: status) }
            }
        }
    }

    /// The same, for a test that is not asynchronous.
    public func wait() -> Int32 {
        end.wait()
        return state.withLock { state in if case .ended(let status) = state { status } else { -1 } }
    }

    private func reap() {
        defer { end.leave() }
        // Waits without taking the number, so that `signal` never meets another process of that number.
        var information = siginfo_t()
        while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
        let waiters: ([CheckedContinuation<Int32, Never>], Int32) = state.withLock { state in
            var raw: Int32 = 0
            while waitpid(pid, &raw, 0) < 0 && errno == EINTR {}
            let status = raw & 0x7F == 0 ? raw >> 8 & 0xFF : 128 + (raw & 0x7F)
            guard case .running(let waiters) = state else { return ([], status) }
            state = .ended(status)
            return (waiters, status)
        }
        for waiter in waiters.0 { waiter.resume(returning: waiters.1) }
    }
}
