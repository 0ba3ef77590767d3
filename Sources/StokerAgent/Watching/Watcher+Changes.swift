import StokerCore
import Synchronization

/// One watched tree, as its user holds it.
public struct Watch: Sendable, Identifiable {
    public struct ID: Hashable, Sendable {
        let number: UInt64
    }

    public let id: ID
    let watcher: Watcher

    /// Every change, merged into one for as long as nobody asks, so that a slow reader costs no memory. For one
    /// reader: several share the changes among them. Ends when the watch is stopped or the reader's task is
    /// cancelled.
    public var changes: AsyncStream<TreeChange> {
        AsyncStream { [watcher, id] in await watcher.nextChange(id) }
    }
}

extension Watcher {
    /// Waits for the next change. `nil` when the watch has ended or the task is cancelled.
    public func nextChange(_ id: Watch.ID) async -> TreeChange? {
        let key = nextWaiter.wrappingAdd(1, ordering: .relaxed).newValue
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard watches[id] != nil, !Task.isCancelled else {
                    return continuation.resume(returning: nil)
                }
                watches[id]?.waiters[key] = continuation
                deliver(id)
            }
        } onCancel: {
            Task { await self.cancelWaiter(key, of: id) }
        }
    }

    private func cancelWaiter(_ key: UInt64, of id: Watch.ID) {
        watches[id]?.waiters.removeValue(forKey: key)?.resume(returning: nil)
    }

    func deliverAll() {
        for id in watches.keys { deliver(id) }
    }

    /// Gathers what the tree has noted, and hands it to whoever waits.
    private func deliver(_ id: Watch.ID) {
        guard var watching = watches[id] else { return }
        var noted = watching.tree.takeChange()
        if !noted.isEmpty {
            watching.generation += 1
            noted.generation = watching.generation
            watching.sink(noted)
            watching.change.merge(noted)
        }
        if !watching.change.isEmpty, let key = watching.waiters.keys.min() {
            let waiter = watching.waiters.removeValue(forKey: key)
            waiter?.resume(returning: watching.change)
            watching.change = TreeChange()
        }
        watches[id] = watching
    }
}

private let nextWaiter = Atomic<UInt64>(0)

extension WatchedTree {
    func takeChange() -> TreeChange {
        var taken = change
        taken.rootGone = top == nil
        change = TreeChange()
        return taken
    }
}
