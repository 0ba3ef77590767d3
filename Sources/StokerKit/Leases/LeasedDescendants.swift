import CLinux
import Foundation
import Glibc
import StokerCore

/// The processes that the command of a lease has started, directly or not, and that have not gone their own way.
///
/// They are told by two things that they have inherited: the lease in the environment that they began with, and the
/// session. Who has begun a session of its own (`setsid`, as daemons do) has said that it wants to outlive the command.
struct LeasedDescendants {
    let lease: LeaseID
    /// Of the command.
    let session: pid_t

    /// What is found while it starts others is looked for again, so many times at most.
    private static let looks = 200
    /// Between two looks one may have started another and ended.
    private static let emptyLooks = 2
    /// How long those that have been killed are waited for before the next look, in milliseconds.
    private static let patience: Int32 = 50
    /// Bytes of an environment; the kernel takes 6 MiB at most.
    private static let environmentLimit = 8 << 20

    /// Kills them all.
    func end() {
        var emptyLooks = 0
        for _ in 0..<LeasedDescendants.looks {
            let found = find()
            emptyLooks = found.isEmpty ? emptyLooks + 1 : 0
            if emptyLooks == LeasedDescendants.emptyLooks { return }
            for process in found { _ = stoker_pidfd_send_signal(process.descriptor, SIGKILL) }
            var polls = found.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
            // One that is in a system call which cannot be interrupted ends after it.
            for index in polls.indices where poll(&polls[index], 1, LeasedDescendants.patience) == 0 { break }
        }
    }

    /// Parents before their children as a rule, so that no shell goes on with its next line.
    private func find() -> [HeldFile] {
        LeasedDescendants.numbers().compactMap { pid in
            guard pid != getpid(), getsid(pid) == session else { return nil }
            let descriptor = stoker_pidfd_open(pid)
            guard descriptor >= 0 else { return nil }
            let process = HeldFile(descriptor: descriptor, path: "process \(pid)")
            // Looked at after it was opened: if its number has become another's, the signal reaches nobody.
            guard getsid(pid) == session,
                let environment = try? HeldFile("/proc/\(pid)/environ", O_RDONLY)
                    .readAll(limit: LeasedDescendants.environmentLimit),
                LeasedEnvironment.carries(lease, environment)
            else { return nil }
            return process
        }
    }

    /// Of all processes that are seen, ascending.
    private static func numbers() -> [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.sorted()
    }
}
