import Synchronization

/// How much a proxy holds of creations that are not whole, or not answered: each connection has a little of its own,
/// and what goes beyond that all of them share.
final class HeldBytes: Sendable {
    /// Bytes of bodies. While labels are added, a body is in memory up to three times.
    static let limit = 64 << 20
    /// Bytes of each body that never count, so that nobody who holds much keeps the usual creations out.
    static let ownLimit = 64 << 10

    private let taken = Mutex(0)

    private func take(_ count: Int) -> Bool {
        taken.withLock { taken in
            guard taken + count <= HeldBytes.limit else { return false }
            taken += count
            return true
        }
    }

    private func giveBack(_ count: Int) { taken.withLock { $0 -= count } }

    /// What one body has of it, for as long as the body is held. Used by one connection alone.
    final class Share {
        private let all: HeldBytes
        private var taken = 0

        init(of all: HeldBytes) { self.all = all }

        deinit { all.giveBack(taken) }

        /// - Parameter size: of the body so far.
        /// - Returns: whether there is room for it.
        func grow(to size: Int) -> Bool {
            let more = max(0, size - HeldBytes.ownLimit) - taken
            guard more > 0 else { return true }
            guard all.take(more) else { return false }
            taken += more
            return true
        }
    }
}
