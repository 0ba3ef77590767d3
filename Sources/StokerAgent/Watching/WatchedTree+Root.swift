import Glibc
import StokerCore
import SystemPackage

extension WatchedTree {
    /// Whether the root's path still names the directory that is watched. An ancestor that is renamed sends
    /// no event here, so this is asked before each answer.
    var isRootInPlace: Bool {
        guard case .there(_, let device, let inode) = root else { return false }
        var status = stat()
        guard path.withPlatformString({ lstat($0, &status) }) == 0 else { return false }
        return UInt64(status.st_dev) == device && UInt64(status.st_ino) == inode
    }

    /// Opens the root and proves that it is the one that is watched; else starts over. `nil` when there is
    /// none, or when it cannot be opened just now.
    func openRoot() -> DirectoryHandle? {
        do {
            let handle = try DirectoryHandle(path: path)
            isRootSuspect = false
            try settleRoot(handle)
            return handle
        } catch {
            if error == .tooManyOpenFiles || error == .tooManyOpenFilesInSystem {
                // Says nothing about the root.
                isRootSuspect = true
                return nil
            }
            loseRoot(error)
            return nil
        }
    }

    private func settleRoot(_ handle: borrowing DirectoryHandle) throws(Errno) {
        let status = try handle.status()
        if case .there(let top, let device, let inode) = root {
            let found = watchState(handle)
            switch (top.state, found) {
            case (.watched(let known), .watched(let watch)) where known == watch: return
            case (.unwatched, _) where device == status.device && inode == status.inode,
                (.unreadable, _) where device == status.device && inode == status.inode:
                guard case .watched(let watch) = found else { return }
                if table.directory(of: watch, in: self) == nil {
                    setState(top, found)
                    return mark(top, .init(whole: true, report: true))
                }
            default: break
            }
            removeAll()
            if case .watched(let watch) = found { table.drop(watch) }
        }
        let top = WatchedDirectory(tree: self, parent: nil, name: [], entryInode: status.inode)
        directories = 1
        root = .there(top, device: status.device, inode: status.inode)
        // Asked again, since a directory of the old root may be the new one, and its watch fell with the old.
        setState(top, watchState(handle))
        _ = updateMounts()
        fileSystem = FileSystemTrust(of: handle.descriptor, mountInfo: table.mounts.content ?? [])
        mark(top, .init(whole: true))
        dropAncestorWatch()
        if isEstablished { change.addEverything() }
    }

    private func watchState(_ handle: borrowing DirectoryHandle) -> WatchedDirectory.State {
        do { return .watched(try table.add(handle.descriptor)) } catch {
            return error == .noSpace ? .unwatched : .unreadable(error)
        }
    }

    private func loseRoot(_ reason: Errno) {
        isRootSuspect = false
        if top != nil {
            removeAll()
            change.addEverything()
        }
        root = .gone(reason)
        fileSystem = nil
        awaitRoot()
    }

    /// Forgets everything below the root, and the root.
    func removeAll() {
        if let top { removeSubtree(top) }
        for directory in detached where !directory.isRemoved { removeSubtree(directory) }
        root = .gone(.noSuchFileOrDirectory)
        dirty.removeAll()
        waiting = []
        detached = []
        unwatched = [:]
        unreadable = [:]
        directories = 0
    }

    func dropAncestorWatch() {
        if let watch = ancestorWatch { table.release(watch, byRootless: self) }
        ancestorWatch = nil
    }

    /// Watches the nearest directory above that exists. Whatever happens in it makes the root suspect, and
    /// the next look moves the watch nearer. A rename further up is noticed at the next question.
    private func awaitRoot() {
        dropAncestorWatch()
        var above = path
        while above.removeLastComponent() {
            let shown = above.isEmpty ? FilePath(".") : above
            guard let handle = try? DirectoryHandle(path: shown),
                let watch = try? table.add(handle.descriptor)
            else { continue }
            table.hold(watch, for: .rootless(self))
            ancestorWatch = watch
            break
        }
        // What appeared before the watch stood has sent no event.
        var status = stat()
        var missing = path
        while missing.removeLastComponent(), missing != above {
            if missing.withPlatformString({ lstat($0, &status) }) == 0, status.st_mode & S_IFMT == S_IFDIR {
                isRootSuspect = true
            }
        }
        if (try? DirectoryHandle(path: path)) != nil { isRootSuspect = true }
    }
}
