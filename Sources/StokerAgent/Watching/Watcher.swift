import Dispatch
import Glibc
public import StokerCore
public import SystemPackage

/// Watches directory trees through one inotify instance, of which it is the only owner.
///
/// Everything runs on a dispatch queue of its own, in slices, so that neither a walk of many directories holds
/// up a question nor the kernel's queue has to wait.
public actor Watcher {
    nonisolated let executor = WatcherExecutor()
    let table: WatchTable
    var watches: [Watch.ID: Watching] = [:]
    private var nextID: UInt64 = 0
    private var isScheduled = false
    private let readable: ReadSource

    /// One watched tree and who waits for its changes.
    struct Watching {
        let tree: WatchedTree
        /// Not taken yet.
        var change = TreeChange()
        var generation: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<TreeChange?, Never>] = [:]
        let sink: @Sendable (TreeChange) -> Void
    }

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Throws: `SystemCallError`; `ENOSPC` when the user has no inotify watch left at all.
    public init(source: sending any InotifySource) throws {
        // Dispatch polls a descriptor of its own, which lives as long as dispatch needs it.
        let polled = fcntl(source.descriptor, F_DUPFD_CLOEXEC, 0)
        guard polled >= 0 else { throw SystemCallError.last("duplicate", "the inotify descriptor") }
        do { table = try WatchTable(source: source) } catch {
            close(polled)
            throw error
        }
        readable = ReadSource(polled, executor.queue)
        readable.start { [weak self] in self?.assumeIsolated { $0.takeEvents() } }
    }

    // Whoever waits for a change holds the watcher, so nobody waits here; the source ends its watches itself.
    deinit { readable.cancel() }

    /// Watches the directories below `root`, those only in which an input can lie. Returns when all that is
    /// there now is watched, or when the task is cancelled, and then the watch is to be stopped; a root that is not there
    /// is waited for.
    ///
    /// - Parameters:
    ///   - root: absolute, with no symbolic link as its last component, which would count as no directory.
    ///   - canHoldInput: whether a directory, named relative to the root, can hold an input at any depth. It
    ///     must always answer the same for the same path.
    ///   - sink: is called with each change on the watcher's own queue, and so with all that a fence has proved
    ///     before the fence returns. It must not wait for anything.
    public func watch(
        root: FilePath, canHoldInput: @escaping @Sendable (BytePath) -> Bool = { _ in true },
        sink: @escaping @Sendable (TreeChange) -> Void = { _ in }
    ) async -> Watch {
        let tree = WatchedTree(path: root, table: table, canHoldInput: canHoldInput)
        nextID += 1
        let id = Watch.ID(number: nextID)
        watches[id] = Watching(tree: tree, sink: sink)
        table.trees.append(tree)
        await crawl(tree, canHoldInput)
        await reconcileAll()
        return Watch(id: id, watcher: self)
    }

    /// Ends a watch, and its changes. One that has ended already is no error.
    public func stop(_ id: Watch.ID) {
        guard let watching = watches.removeValue(forKey: id) else { return }
        watching.tree.crawling?.crawl.stop()
        watching.tree.removeAll()
        watching.tree.dropAncestorWatch()
        watching.tree.keepLinked([])
        table.trees.removeAll { $0 === watching.tree }
        for waiter in watching.waiters.values { waiter.resume(returning: nil) }
    }

    /// Takes in a tree that is new, in slices.
    private func crawl(_ tree: WatchedTree, _ canHoldInput: @escaping @Sendable (BytePath) -> Bool) async {
        guard let crawl = tree.beginCrawl(canHoldInput: canHoldInput) else { return }
        while let findings = await withTaskCancellationHandler(operation: crawl.next, onCancel: crawl.stop) {
            // Before: what was heard of a directory so far is older than its place in the table.
            _ = try? table.takeEvents()
            findings.forEach(tree.takeIn)
        }
        tree.endCrawl()
    }

    private func takeEvents() {
        // Should reading fail, the next fence says why.
        let drained = try? table.takeEvents()
        for tree in table.trees { tree.retryWaiting() }
        work(isMore: drained?.isEmpty == false)
    }

    /// A slice of work in the background, and the next one if there is more.
    private func work(isMore: Bool) {
        let deadline = ContinuousClock.now + .milliseconds(20)
        var isMore = isMore
        for tree in table.trees where tree.reconcile(until: deadline) { isMore = true }
        deliverAll()
        if isMore, !isScheduled {
            isScheduled = true
            executor.queue.async { [weak self] in
                self?.assumeIsolated {
                    $0.isScheduled = false
                    $0.takeEvents()
                }
            }
        }
    }

    /// Reads all that is dirty, and lets others have their turn in between. Leaves the rest to the next one when it is
    /// cancelled.
    func reconcileAll() async {
        while !Task.isCancelled {
            let deadline = ContinuousClock.now + .milliseconds(20)
            var isMore = false
            for tree in table.trees where tree.reconcile(until: deadline) { isMore = true }
            deliverAll()
            if !isMore { return }
            await Task.yield()
        }
    }
}
