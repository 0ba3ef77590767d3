import CLinux
import Foundation
import Glibc
import StokerCore
import Synchronization
import SystemPackage

/// A process beside a leased command that ends what the command has started, and that in turn, when the owner of the
/// lease has died.
///
/// The kernel ends the command with its owner (see `LeasedStart`), but nothing that the command has started. The guard
/// is beside the command and not between, so that signals, the terminal and the exit status pass it by. It holds one
/// end of a connection whose other end the owner alone has: its end without a word is the owner's death, whatever ended
/// it.
final class LeaseGuard: Sendable {
    /// The first argument of a program that is to be a guard; no command line of a person's begins so.
    private static let word = "--guard-leased-command"
    /// What it is called among the processes. Not by the owner's name: who kills everything of that name
    /// (`pkill -KILL stoker`) shall meet the owner alone.
    private static let name = "lease-guard"

    /// `nil` when it has been dismissed.
    private let start: Mutex<GatedStart?>

    /// - Parameter program: the path of a program that begins with `LeasedStart.takeRoleIfAsked`.
    /// - Throws: `StokerError` when there can be none here.
    init(_ lease: LeaseID, program: String) throws {
        try LeaseGuard.checkKernel()
        // The session is the command's too, since that begins with ours.
        let words = ["stoker", LeaseGuard.word, "\(getsid(0))", lease.text].map { Array($0.utf8) }
        let start = try GatedStart(program, changes: LeasedEnvironment.unleased) { _ in
            words
        } adjust: { settings, gate in
            // What is meant for the run, by the terminal or by its name, must not end the guard before it.
            var mask = sigset_t()
            sigfillset(&mask)
            posix_spawnattr_setsigmask(&settings.attributes, &mask)
            posix_spawnattr_setflags(
                &settings.attributes, Int16(POSIX_SPAWN_SETSIGMASK) | stoker_spawn_setsid)
            // Nothing else of ours: a reader of our output must not wait for the guard's end.
            posix_spawn_file_actions_adddup2(&settings.actions, gate, STDIN_FILENO)
            posix_spawn_file_actions_addopen(&settings.actions, STDOUT_FILENO, "/dev/null", O_RDWR, 0)
            posix_spawn_file_actions_adddup2(&settings.actions, STDOUT_FILENO, STDERR_FILENO)
            stoker_spawn_close_from(&settings.actions, STDERR_FILENO + 1)
        }
        self.start = Mutex(start)
    }

    deinit { dismiss() }

    /// Ends it, and it alone. Does not wait for that.
    func dismiss() {
        let started = start.withLock { start in
            defer { start = nil }
            return start
        }
        guard let started else { return }
        started.sayAndClose()
        Thread.detachNewThread { [pid = started.pid] in
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        }
    }

    /// What a guard could tell nobody of.
    private static func checkKernel() throws {
        guard ProcessIdentity.seesOwnProcesses else {
            throw StokerError(.internalFault, "/proc is missing, or that of another PID namespace")
        }
        let descriptor = stoker_pidfd_open(getpid())
        guard descriptor >= 0 else {
            throw SystemCallError.last("open", "a descriptor of a process").stokerError(.internalFault)
        }
        close(descriptor)
    }

    // MARK: In the guard

    /// Does the duty of a guard, and ends. Returns if this is no such start.
    static func guardIfAsked() {
        guard CommandLine.argc == 4, let first = CommandLine.unsafeArgv[1], strcmp(first, word) == 0,
            let session = CommandLine.unsafeArgv[2].flatMap({ pid_t(String(cString: $0)) }),
            let lease = CommandLine.unsafeArgv[3].flatMap({ LeaseID(text: String(cString: $0)) })
        else { return }
        stoker_name_process(name)
        // Nobody's file system is kept from being unmounted.
        chdir("/")
        var byte: UInt8 = 0
        while true {
            let count = read(STDIN_FILENO, &byte, 1)
            if count < 0 && errno == EINTR { continue }
            if count == 0 { LeasedDescendants(lease: lease, session: session).end() }
            _exit(0)
        }
    }
}
