import StokerCore

/// Decides which snapshots go.
struct SnapshotRetention {
    let limits: SnapshotLimits

    /// One image's snapshot, as far as it matters here.
    struct Fact: Equatable {
        var key: String
        /// Somebody holds it, or it was asked to stay.
        var isInUse = false
        /// Whether the project's folder is there; `true` where nothing says which it is.
        var hasProject = true
        /// Nanoseconds since 1970.
        var lastUse: Int64
        /// On disk.
        var bytes: Int64
    }

    enum Reason: String, Equatable {
        case projectIsGone = "its project's folder is gone"
        case isOld = "it has not been used for long"
        case exceedsSize = "the snapshots take more than the limit"
    }

    /// - Parameter now: Nanoseconds since 1970.
    /// - Returns: The keys of those that go, and why.
    func removals(_ facts: [Fact], now: Int64) -> [String: Reason] {
        var removals: [String: Reason] = [:]
        var total = facts.reduce(Int64(0)) { $0.addingClamped($1.bytes) }
        func remove(_ fact: Fact, _ reason: Reason) {
            removals[fact.key] = reason
            total = total.subtractingClamped(fact.bytes)
        }
        for fact in facts where !fact.isInUse {
            // A clock that was put back makes nothing old.
            let age = Duration.nanoseconds(max(0, now.subtractingClamped(fact.lastUse)))
            if !fact.hasProject {
                remove(fact, .projectIsGone)
            } else if age > limits.maxAge {
                remove(fact, .isOld)
            }
        }
        for fact in facts.sorted(by: { $0.lastUse < $1.lastUse })
        where total > limits.maxSize && !fact.isInUse && removals[fact.key] == nil {
            remove(fact, .exceedsSize)
        }
        return removals
    }
}
