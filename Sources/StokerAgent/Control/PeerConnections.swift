import Glibc
import Synchronization

/// Counts the connections of each process to the agent, so that none of them takes the descriptors away that the agent
/// needs for the files which it watches, or keeps others from asking.
final class PeerConnections: Sendable {
    /// Of one process. A program that warms from many threads has one for each.
    static let processLimit = 64
    /// Of all processes together, while the agent may have 1024 descriptors or more.
    static let limit = 512

    private let counts = Mutex<[pid_t: Int]>([:])
    private let limit: Int

    /// - Parameter descriptors: how many the agent may have; half of them stay its own.
    init(descriptors: Int = PeerConnections.descriptorLimit) {
        limit = min(PeerConnections.limit, descriptors / 2)
    }

    private static var descriptorLimit: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        return Int(clamping: limit.rlim_cur)
    }

    /// - Parameter pid: 0 for all processes of other PID namespaces.
    /// - Returns: whether there may be one more; if so, `end` has to follow.
    func begin(pid: pid_t) -> Bool {
        counts.withLock { counts in
            let count = counts[pid, default: 0]
            guard counts.values.reduce(0, +) < limit, pid == 0 || count < PeerConnections.processLimit else {
                return false
            }
            counts[pid] = count + 1
            return true
        }
    }

    func end(pid: pid_t) {
        counts.withLock { counts in
            let left = counts[pid, default: 1] - 1
            counts[pid] = left == 0 ? nil : left
        }
    }
}
