import Glibc
import Synchronization

/// A client and what it started. A plugin that outlived its client would go on building, and would keep the
/// snapshot's lock.
package final class ProcessGroup: Sendable {
    private let leader = Atomic<pid_t>(0)
    /// The leaders of those that are building now.
    private static let living = Mutex<Set<pid_t>>([])

    /// What is still there so long after it was killed is dead, and has a parent that does not ask for its end.
    private static let patienceWithTheDead = Duration.seconds(1)

    /// - Parameter leader: the client's process, which leads a group of its own.
    func begin(leader: pid_t) {
        self.leader.store(leader, ordering: .relaxed)
        if leader > 1 { ProcessGroup.living.withLock { _ = $0.insert(leader) } }
    }

    deinit {
        let leader = leader.load(ordering: .relaxed)
        ProcessGroup.living.withLock { _ = $0.remove(leader) }
    }

    /// Kills all that are building now, for a process that is about to end without waiting for them.
    package static func killAll() {
        for leader in living.withLock({ $0 }) { kill(-leader, SIGKILL) }
    }

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
