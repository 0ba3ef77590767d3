import Foundation
import Glibc
import StokerCore
import Synchronization
import SystemPackage

/// The command of a lease: it is told of its start, dies with the process that started it, and is waited for.
///
/// It is started in two steps, so that the lease can name it before it does anything: our own program is started
/// first, ties its life to ours, waits for `begin`, and then becomes the command.
public final class LeasedProcess: Sendable {
    /// How it ended, as wait(2) has it.
    public enum End: Sendable, Equatable {
        case exited(Int32)
        case killed(by: Int32)
    }

    /// `nil` where processes cannot be told for certain.
    let identity: ProcessIdentity?
    private let start: GatedStart
    /// Whether its number may be another's by now.
    private let isOver = Mutex(false)
    private let end: Mutex<(value: End?, waiter: CheckedContinuation<End, Never>?)> = Mutex((nil, nil))

    /// - Parameters:
    ///   - command: its words as they came, which need not be UTF-8.
    ///   - program: the path of the program that knows `LeasedStart`.
    ///   - changes: to our environment; `nil` takes a variable away.
    ///   - mask: the signals that the command shall begin with blocked.
    static func start(
        _ command: [[UInt8]], program: String, changes: [String: String?], mask: sigset_t
    ) async throws -> LeasedProcess {
        try await withCheckedThrowingContinuation { started in
            // A thread of its own, which stays until the command has ended: the kernel takes the end of the thread that
            // started a process for the end of its parent.
            Thread.detachNewThread {
                let process: LeasedProcess
                do {
                    process = try LeasedProcess(
                        command, program: program, changes: changes, mask: mask)
                } catch {
                    return started.resume(throwing: error)
                }
                started.resume(returning: process)
                process.wait()
            }
        }
    }

    private init(
        _ command: [[UInt8]], program: String, changes: [String: String?], mask: sigset_t
    ) throws {
        start = try GatedStart(program, changes: changes) { gate in
            LeasedStart.words(program: program, gate: gate, command: command)
        } adjust: { settings, gate in
            var mask = mask
            var defaults = sigset_t()
            sigemptyset(&defaults)
            // We ignore it, which a program would inherit.
            sigaddset(&defaults, SIGPIPE)
            posix_spawnattr_setsigmask(&settings.attributes, &mask)
            posix_spawnattr_setsigdefault(&settings.attributes, &defaults)
            posix_spawnattr_setflags(
                &settings.attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
            // To the same number: it stays open in the child, and no descriptor that the user passes on is lost.
            posix_spawn_file_actions_adddup2(&settings.actions, gate, gate)
        }
        identity = ProcessIdentity.current?.child(start.pid)
    }

    private var pid: pid_t { start.pid }

    /// Lets it become the command.
    func begin() { start.sayAndClose() }

    /// Instead of `begin`.
    func abandon() { start.close() }

    /// Passes a signal on.
    func signal(_ number: Int32) {
        isOver.withLock { isOver in
            if !isOver { _ = kill(pid, number) }
        }
    }

    /// How it ended, once it has.
    func ended() async -> End {
        await withCheckedContinuation { waiter in
            let value = end.withLock { end in
                if end.value == nil { end.waiter = waiter }
                return end.value
            }
            if let value { waiter.resume(returning: value) }
        }
    }

    private func wait() {
        var info = siginfo_t()
        // Left unreaped, so that its number stays its own until nobody signals it any more.
        while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
        isOver.withLock { $0 = true }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        let signal = status & 0x7F
        let value: End = signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(by: signal)
        let waiter = end.withLock { end in
            end.value = value
            return end.waiter
        }
        waiter?.resume(returning: value)
    }
}
