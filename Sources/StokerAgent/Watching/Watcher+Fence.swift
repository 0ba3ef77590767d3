import StokerCore
import SystemPackage

extension Watcher {
    /// Returns when every change made before the call has been seen: the trees know every directory, and the
    /// changes are in the generations and on their way to whoever reads them.
    ///
    /// - Throws: `SystemCallError`; `ENOSPC` when another program has taken the fence's own watch; `CancellationError`.
    ///   Nothing is known then, and files have to be looked at.
    public func fence() async throws {
        // An overflow ends the wait, too: all is read again, and asked again. Whoever keeps the queue
        // overflowing gets his answer all the same: everything has changed.
        for _ in 0..<4 {
            let overflowed = try drainPastMarker()
            for tree in table.trees { tree.hintQuestion() }
            await reconcileAll()
            // Not all has been read then.
            try Task.checkCancellation()
            if !overflowed { return }
        }
    }

    /// - Returns: whether the queue has overflowed.
    private func drainPastMarker() throws -> Bool {
        do {
            let marker = try table.marker.cut(table.source)
            while true {
                let drained = try table.takeEvents(until: marker)
                if drained.overflowed { return true }
                if drained.metMarker { return false }
                if drained.isEmpty {
                    throw StokerError(.internalFault, "inotify has lost the mark of a fence")
                }
            }
        } catch let failure as Errno {
            throw SystemCallError("read", "inotify", errno: failure)
        }
    }

    /// How much a watch sees now; its generation is as of the last fence or later.
    ///
    /// - Throws: `StokerError` when the watch was stopped.
    public func report(_ id: Watch.ID) throws -> WatchReport {
        guard let watching = watches[id] else { throw StokerError(.internalFault, "the watch has ended") }
        let tree = watching.tree
        var root = WatchReport.Root.watched
        if case .gone(let reason) = tree.root { root = .gone(reason) }
        return WatchReport(
            root: root, generation: watching.generation,
            watched: tree.directories - tree.unreadable.count - tree.unwatched.count,
            unreadable: tree.unreadable.count, unwatched: tree.unwatched.count, pending: tree.pending,
            watchLimit: table.source.watchLimit, overflows: tree.overflows, trust: trust(of: tree))
    }

    /// The same of several at one moment.
    public func reports(_ ids: [Watch.ID]) throws -> [WatchReport] { try ids.map(report) }

    private func trust(of tree: WatchedTree) -> FileSystemTrust {
        let root = tree.fileSystem ?? .trusted
        return root == .trusted ? tree.mounts.trust : root
    }
}
