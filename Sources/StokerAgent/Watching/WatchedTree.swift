import Glibc
import StokerCore
import SystemPackage

/// The watched directories of one root, kept equal to the disk: events say where to look, and looking says what
/// is there.
///
/// Bookkeeping only, and synchronous; it belongs to a `WatchTable` and runs where that runs.
final class WatchedTree {
    enum Root {
        /// Which directory it is.
        case there(WatchedDirectory, device: UInt64, inode: UInt64)
        /// With why the last look did not find it.
        case gone(Errno)
    }

    let path: FilePath
    let canHoldInput: (BytePath) -> Bool
    unowned let table: WatchTable

    var root: Root = .gone(.noSuchFileOrDirectory)
    /// Whether the root has to be looked at before anything else.
    var isRootSuspect = true
    /// The watch that waits for a root that is gone.
    var ancestorWatch: CInt?
    var fileSystem: FileSystemTrust?
    var mounts = Mounts()

    var dirty = DirtyQueue()
    /// Not to be read where the table believes them; an event that is still to come will say why.
    var waiting: [WatchedDirectory] = []
    /// Left their place in this pass, and not found at another so far.
    var detached: [WatchedDirectory] = []
    /// Without a watch, to be tried again when one is free.
    var unwatched: [ObjectIdentifier: WatchedDirectory] = [:]
    var unreadable: [ObjectIdentifier: WatchedDirectory] = [:]
    /// By the name that they were asked for by.
    var linked: [BytePath: LinkedFile] = [:]
    /// How often other linked files were asked for.
    var linkings = 0
    /// Whether an unwatched one has got a watch in this pass.
    var gainedWatch = false
    var directories = 0
    var overflows = 0

    /// Since it was last taken.
    var change = TreeChange()
    /// False during the first walk, whose findings are no changes.
    var isEstablished = false
    var crawling: Crawling?

    init(path: FilePath, table: WatchTable, canHoldInput: @escaping (BytePath) -> Bool) {
        self.path = path
        self.table = table
        self.canHoldInput = canHoldInput
    }

    var top: WatchedDirectory? {
        if case .there(let top, _, _) = root { top } else { nil }
    }

    /// Directories whose content is not known for certain right now.
    var pending: Int { dirty.count + waiting.count + (crawling == nil ? 0 : 1) }

    func setState(_ directory: WatchedDirectory, _ state: WatchedDirectory.State) {
        let key = ObjectIdentifier(directory)
        unwatched[key] = nil
        unreadable[key] = nil
        directory.state = state
        switch state {
        case .watched(let watch): table.hold(watch, for: .directory(directory))
        case .unwatched: unwatched[key] = directory
        case .unreadable: unreadable[key] = directory
        case .lost: break
        }
    }

    func mark(_ directory: WatchedDirectory, _ hints: WatchedDirectory.Hints) {
        guard !directory.isRemoved else { return }
        directory.wasMarked = true
        if directory.hints == nil {
            directory.hints = hints
            dirty.insert(directory)
        } else {
            directory.hints?.merge(hints)
        }
    }

    /// Puts off a directory until more is known.
    func wait(_ directory: WatchedDirectory, _ hints: WatchedDirectory.Hints) {
        if directory.hints == nil {
            directory.hints = hints
            waiting.append(directory)
        } else {
            directory.hints?.merge(hints)
        }
    }

    /// More is known: what was put off gets another try.
    func retryWaiting() {
        let retried = waiting
        waiting = []
        for directory in retried where !directory.isRemoved { dirty.insert(directory) }
    }
}
