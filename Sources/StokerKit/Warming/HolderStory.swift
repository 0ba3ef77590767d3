import StokerCore
import Synchronization

/// Says in the lock file how far the holder is, for those who wait.
final class HolderStory: Sendable {
    private let lock: any HeldLock
    private let holder: Mutex<LockHolder>

    init(_ lock: any HeldLock, _ holder: LockHolder) {
        self.lock = lock
        self.holder = Mutex(holder)
    }

    /// Takes note of a line of the builder's.
    func note(_ line: String) {
        guard let step = BuildStep.parse(line) else { return }
        holder.withLock { holder in
            if holder.step == step { return }
            holder.step = step
            // Inside, so that an older word never comes last.
            lock.tell(holder)
        }
    }

    /// The last word: those who wait need not try the same.
    func note(_ refusal: LockHolder.Refusal) {
        holder.withLock { holder in
            holder.refusal = refusal
            lock.tell(holder)
        }
    }
}
