import StokerCore
import SystemPackage

/// Who wants which watch. A directory that lies in several trees has one watch descriptor in the instance, so
/// a watch ends only when no tree wants it any more.
final class WatchTable {
    enum Holder {
        case directory(WatchedDirectory)
        /// Waits for its root to appear somewhere below.
        case rootless(WatchedTree)

        var tree: WatchedTree {
            switch self {
            case .directory(let directory): directory.tree
            case .rootless(let tree): tree
            }
        }
    }

    let source: any InotifySource
    var trees: [WatchedTree] = []
    private var holders: [CInt: [Holder]] = [:]
    private var additions = 0
    /// How often the kernel's queue has overflowed.
    private(set) var overflows = 0
    let marker: FenceMarker

    init(source: any InotifySource) throws {
        self.source = source
        marker = try FenceMarker(source)
    }

    /// Number of watches held, the fence's own not counted.
    var count: Int { holders.count }

    func add(_ directory: FileDescriptor) throws(Errno) -> CInt {
        additions += 1
        // A long walk must not keep the queue waiting. An error would come again at the next drain.
        if additions.isMultiple(of: 256) { _ = try? takeEvents() }
        return try source.add(directory, mask: .directory)
    }

    func directory(of watch: CInt, in tree: WatchedTree) -> WatchedDirectory? {
        for case .directory(let directory) in holders[watch] ?? [] where directory.tree === tree {
            return directory
        }
        return nil
    }

    func hold(_ watch: CInt, for holder: Holder) { holders[watch, default: []].append(holder) }

    func release(_ watch: CInt, by directory: WatchedDirectory) {
        release(watch) { if case .directory(let other) = $0 { other === directory } else { false } }
    }

    func release(_ watch: CInt, byRootless tree: WatchedTree) {
        release(watch) { if case .rootless(let other) = $0 { other === tree } else { false } }
    }

    /// Ends a watch that was just added unless somebody holds it.
    func drop(_ watch: CInt) {
        if holders[watch] == nil { try? source.remove(watch) }  // the kernel may have ended it already
    }

    private func release(_ watch: CInt, where matches: (Holder) -> Bool) {
        guard var list = holders[watch] else { return }
        list.removeAll(where: matches)
        if list.isEmpty {
            holders[watch] = nil
            drop(watch)
        } else {
            holders[watch] = list
        }
    }
}

extension WatchTable {
    /// What one draining of the queue has met.
    struct Drained {
        var overflowed = false
        var metMarker = false
        var isEmpty = false
    }

    /// Turns what waits in the kernel's queue into hints, a bounded amount of it.
    func takeEvents(until marker: CInt? = nil) throws(Errno) -> Drained {
        var drained = Drained()
        let limit = 4_096
        for _ in 0..<16 {
            let events = try source.drain(limit: limit)
            for event in events {
                if event.mask.contains(.queueOverflow) { drained.overflowed = true }
                if event.mask.contains(.ignored), event.watch == marker { drained.metMarker = true }
                take(event)
            }
            drained.isEmpty = events.count < limit
            if drained.isEmpty || drained.metMarker { break }
        }
        return drained
    }

    private func take(_ event: InotifyEvent) {
        if event.mask.contains(.queueOverflow) {
            overflows += 1
            for tree in trees { tree.hintOverflow() }
            return
        }
        guard let list = holders[event.watch] else { return }
        if event.mask.contains(.ignored) { holders[event.watch] = nil }
        for holder in list {
            switch holder {
            case .directory(let directory): directory.tree.hint(event, at: directory)
            case .rootless(let tree): tree.hintRoot()
            }
        }
    }
}
