import StokerCore
import SystemPackage

/// Who wants which watch. A directory that lies in several trees has one watch descriptor in the instance, so
/// a watch ends only when no tree wants it any more.
final class WatchTable {
    enum Holder {
        case directory(WatchedDirectory)
        /// Waits for its root to appear somewhere below.
        case rootless(WatchedTree)
        case file(LinkedFile)

        var tree: WatchedTree {
            switch self {
            case .directory(let directory): directory.tree
            case .rootless(let tree): tree
            case .file(let file): file.tree
            }
        }
    }

    let source: any InotifySource
    var trees: [WatchedTree] = []
    private var holders: [CInt: Holder] = [:]
    /// The others of a watch with several holders, which are few: a list for each watch would take as much
    /// memory as all else.
    private var moreHolders: [CInt: [Holder]] = [:]
    private var additions = 0
    /// How often the kernel's queue has overflowed.
    private(set) var overflows = 0
    let marker: FenceMarker
    private var early: Early?
    let mounts = MountTable()

    init(source: any InotifySource) throws {
        self.source = source
        marker = try FenceMarker(source)
    }

    /// Number of watches held, the fence's own not counted.
    var count: Int { holders.count }

    func add(_ directory: FileDescriptor) throws(Errno) -> CInt {
        try add(directory, mask: .directory)
    }

    func add(file: FileDescriptor) throws(Errno) -> CInt { try add(file, mask: .file) }

    private func add(_ file: FileDescriptor, mask: InotifyMask) throws(Errno) -> CInt {
        additions += 1
        // A long walk must not keep the queue waiting. An error would come again at the next drain.
        if additions.isMultiple(of: 256) { _ = try? takeEvents() }
        return try source.adder.add(file, mask: mask)
    }

    func directory(of watch: CInt, in tree: WatchedTree) -> WatchedDirectory? {
        guard let first = holders[watch] else { return nil }
        if case .directory(let directory) = first, directory.tree === tree { return directory }
        for case .directory(let directory) in moreHolders[watch] ?? [] where directory.tree === tree {
            return directory
        }
        return nil
    }

    func hold(_ watch: CInt, for holder: Holder) {
        if holders[watch] == nil {
            holders[watch] = holder
        } else {
            moreHolders[watch, default: []].append(holder)
        }
    }

    func release(_ watch: CInt, by directory: WatchedDirectory) {
        release(watch) { if case .directory(let other) = $0 { other === directory } else { false } }
    }

    func release(_ watch: CInt, byRootless tree: WatchedTree) {
        release(watch) { if case .rootless(let other) = $0 { other === tree } else { false } }
    }

    func release(_ watch: CInt, by file: LinkedFile) {
        release(watch) { if case .file(let other) = $0 { other === file } else { false } }
    }

    /// Ends a watch that was just added unless somebody holds it.
    func drop(_ watch: CInt) {
        if holders[watch] == nil { try? source.remove(watch) }  // the kernel may have ended it already
    }

    private func release(_ watch: CInt, where matches: (Holder) -> Bool) {
        let list = takeHolders(of: watch)
        for holder in list where !matches(holder) { hold(watch, for: holder) }
        if !list.isEmpty { drop(watch) }
    }

    private func takeHolders(of watch: CInt) -> [Holder] {
        guard let first = holders.removeValue(forKey: watch) else { return [] }
        return [first] + (moreHolders.removeValue(forKey: watch) ?? [])
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
        early?.note(event)
        if event.mask.contains(.queueOverflow) {
            overflows += 1
            for tree in trees { tree.hintOverflow() }
            return
        }
        guard let first = holders[event.watch] else { return }
        let rest = moreHolders[event.watch] ?? []
        if event.mask.contains(.ignored) { _ = takeHolders(of: event.watch) }
        tell(first, event)
        for holder in rest { tell(holder, event) }
    }

    private func tell(_ holder: Holder, _ event: InotifyEvent) {
        switch holder {
        case .directory(let directory): directory.tree.hint(event, at: directory)
        case .rootless(let tree): tree.hintRoot()
        case .file(let file): file.tree.hint(event, at: file)
        }
    }
}

extension WatchTable {
    /// What was heard of watches while crawls add some that nobody holds yet.
    struct Early {
        enum Heard { case nothing, something, itsEnd }

        var crawls = 1
        private var heard: [CInt: Heard] = [:]

        mutating func note(_ event: InotifyEvent) {
            if event.mask.contains(.ignored) {
                heard[event.watch] = .itsEnd
            } else if heard[event.watch] == nil {
                heard[event.watch] = .something
            }
        }

        subscript(watch: CInt) -> Heard { heard[watch] ?? .nothing }
    }

    /// To be followed by `forgetEarly` at the crawl's end.
    func noteEarly() {
        if early == nil { early = Early() } else { early?.crawls += 1 }
    }

    func forgetEarly() {
        early?.crawls -= 1
        if early?.crawls == 0 { early = nil }
    }

    func heardEarly(of watch: CInt) -> Early.Heard { early?[watch] ?? .nothing }
}
