import Glibc
import Synchronization

/// A client and what it started. A plugin that outlived its client would go on building, and would keep the
/// snapshot's lock.
final class ProcessGroup: Sendable {
    private let leader = Atomic<pid_t>(0)

    /// What is still there so long after it was killed is dead, and has a parent that does not ask for its end.
    private static let patienceWithTheDead = Duration.seconds(1)

    /// - Parameter leader: the client's process, which leads a group of its own.
    func begin(leader: pid_t) { self.leader.store(leader, ordering: .relaxed) }

    /// Returns when no process of the group is left. All have been told to end; who does not in time is killed,
    /// and waited for.
    ///
    /// - Parameter patience: how long they may take.
    func end(patience: Duration) async {
        let group = leader.load(ordering: .relaxed)
        // 0 would be our own group, and -1 everybody.
        guard group > 1 else { return }
        // A task of its own, since one that is cancelled cannot wait.
        await Task.detached {
            if await Self.isGone(group, within: patience) { return }
            kill(-group, SIGKILL)
            _ = await Self.isGone(group, within: Self.patienceWithTheDead)
        }.value
    }

    private static func isGone(_ group: pid_t, within patience: Duration) async -> Bool {
        let deadline = SuspendingClock.now + patience
        while kill(-group, 0) == 0 {
            if SuspendingClock.now >= deadline { return false }
            try? await Task.sleep(for: .milliseconds(20))
        }
        return true
    }
}
