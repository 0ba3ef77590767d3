import Synchronization

/// How much work one ignore file's patterns have cost so far, and how much they may cost.
///
/// Most files cost next to nothing for each path. A few kilobytes of wildcards can be written for which that is not
/// so, whatever the matcher does. A walk then ends with an error instead of taking hours.
final class MatchEffort: Sendable {
    /// Steps that a path is free to take: some ten microseconds.
    static let allowance = 5_000
    /// Steps beyond the allowance that all paths together may take: about three seconds.
    static let standardLimit = 100_000_000

    private let limit: Int
    private let spent = Atomic(0)

    init(limit: Int = standardLimit) { self.limit = limit }

    /// Whether the limit is passed. From then on the answers are none that anybody may rely on.
    var isExhausted: Bool { spent.load(ordering: .relaxed) > limit }

    /// - Parameter steps: what one path has taken.
    func spend(_ steps: Int) {
        if steps > MatchEffort.allowance { spent.add(steps - MatchEffort.allowance, ordering: .relaxed) }
    }

    func exhaust() { spent.store(limit + 1, ordering: .relaxed) }
}
