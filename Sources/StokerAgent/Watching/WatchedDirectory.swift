import StokerCore
import SystemPackage

/// One directory of a watched tree. Its identity is its watch descriptor, not its path.
final class WatchedDirectory {
    enum State {
        case watched(CInt)
        /// The user's watches were used up.
        case unwatched
        /// It cannot be opened, or the kernel refuses to watch it.
        case unreadable(Errno)
        /// The kernel has ended its watch: it was deleted or unmounted.
        case lost
    }

    /// What has to be looked at again.
    struct Hints {
        /// Entries whose identity has to be proved.
        var names: Set<[UInt8]> = []
        /// Every entry's.
        var whole = false
        /// Every entry found is a change, as nobody knows since when it has been there.
        var report = false

        mutating func merge(_ other: Hints) {
            names.formUnion(other.names)
            whole = whole || other.whole
            report = report || other.report
        }
    }

    unowned let tree: WatchedTree
    /// `nil` for the root, and for one that has left its place and may turn up at another.
    unowned var parent: WatchedDirectory?
    var name: [UInt8]
    /// As its parent's listing gives it, which is another number than its own for a mount point.
    var entryInode: UInt64
    var state: State = .lost
    var children: [[UInt8]: WatchedDirectory] = [:]
    var hints: Hints?
    /// Whether its entries have been read at all, if only to count the watches that they need.
    var isListed = false
    var isRemoved = false
    /// Whether it has ever been marked, so that a crawl may have listed it before what happened in it.
    var wasMarked = false

    init(tree: WatchedTree, parent: WatchedDirectory?, name: [UInt8], entryInode: UInt64) {
        self.tree = tree
        self.parent = parent
        self.name = name
        self.entryInode = entryInode
    }

    var watch: CInt? {
        if case .watched(let watch) = state { watch } else { nil }
    }

    var depth: Int {
        var depth = 0
        var current = parent
        while let directory = current {
            depth += 1
            current = directory.parent
        }
        return depth
    }

    /// `nil` when it hangs from a directory that has left its place.
    var path: BytePath? {
        var names: [[UInt8]] = []
        var current = self
        while let parent = current.parent {
            names.append(current.name)
            current = parent
        }
        guard current === tree.top else { return nil }
        return BytePath(bytes: Array(names.reversed().joined(separator: [UInt8(ascii: "/")])))
    }

    func isInside(_ ancestor: WatchedDirectory) -> Bool {
        var current: WatchedDirectory? = self
        while let directory = current {
            if directory === ancestor { return true }
            current = directory.parent
        }
        return false
    }
}
