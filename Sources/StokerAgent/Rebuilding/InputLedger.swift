import StokerCore
import Synchronization

/// Whether the inputs of one image have changed since some moment, as far as the watch has told.
///
/// Written on the watcher's queue as the events come; whoever reads it after a fence reads of every change that
/// ended before the fence.
final class InputLedger: Sendable {
    /// A moment. As long as it is the same after two fences, no input has changed between them.
    struct Mark: Sendable, Equatable { fileprivate let number: UInt64 }
    /// Proves that the cover was not lifted since it was taken.
    struct CoverToken: Sendable { fileprivate let uncoverings: UInt64 }

    private struct State {
        var number: UInt64 = 0
        var uncoverings: UInt64 = 0
        /// Whose inputs the watches stand around; `nil` while nobody can say.
        var covered: InputPlan?
        /// Whether an input has changed that no work has begun after.
        var hasEdits = true
    }

    private let state = Mutex(State())

    /// An input has changed, or may have.
    func note() {
        state.withLock { state in
            state.hasEdits = true
            state.number += 1
        }
    }

    /// The record is another one.
    func noteRecord() { state.withLock { $0.number += 1 } }

    /// - Returns: whether somebody has edited an input since the work before.
    func beginWork() -> Bool {
        state.withLock { state in
            defer { state.hasEdits = false }
            return state.hasEdits
        }
    }

    /// The edits from before the work have still to be built.
    func keepEdits() { state.withLock { $0.hasEdits = true } }

    /// The plan that is covered may not be the right one any more, or some watch is about to end.
    func uncover() {
        state.withLock { state in
            state.number += 1
            state.uncoverings += 1
            state.covered = nil
        }
    }

    var token: CoverToken { state.withLock { CoverToken(uncoverings: $0.uncoverings) } }

    /// The watches stand around all inputs of `plan`, which was read from disk after `token` was taken.
    func cover(_ plan: InputPlan, since token: CoverToken) {
        state.withLock { state in
            guard state.uncoverings == token.uncoverings else { return }
            state.number += 1
            state.covered = plan
        }
    }

    /// - Returns: `nil` while changes may go unheard.
    var mark: Mark? { state.withLock { $0.covered == nil ? nil : Mark(number: $0.number) } }

    func covers(_ plan: InputPlan) -> Bool { state.withLock { $0.covered } == plan }
}
