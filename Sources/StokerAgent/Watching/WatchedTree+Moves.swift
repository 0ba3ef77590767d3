import StokerCore
import SystemPackage

extension WatchedTree {
    /// Finds out which directory an entry is, and puts it there.
    func settle(
        _ entry: DirectoryHandle.Entry, _ path: BytePath, in parent: WatchedDirectory,
        _ parentHandle: borrowing DirectoryHandle, _ descent: Descent
    ) {
        let handle: DirectoryHandle
        do { handle = try DirectoryHandle(entry.name, in: parentHandle.descriptor) } catch {
            switch error {
            case .noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels:
                if let existing = parent.children[entry.name] { detach(existing) }
            default: settle(entry, in: parent, refused: .unreadable(error))
            }
            return
        }
        let watch: CInt
        do { watch = try table.add(handle.descriptor) } catch {
            let isNew = settle(
                entry, in: parent, refused: error == .noSpace ? .unwatched : .unreadable(error))
            // Read all the same, to say how many watches are needed and to watch what already has one.
            if isNew, error == .noSpace, let child = parent.children[entry.name] {
                descend(into: child, path, handle, descent)
            }
            return
        }
        let existing = parent.children[entry.name]
        if let existing, existing.watch == watch {
            existing.entryInode = entry.inode
            return
        }
        if let known = table.directory(of: watch, in: self) {
            if parent.isInside(known) {
                // The table is behind the disk further up; an event that says so is on its way.
                return wait(parent, .init(names: [entry.name]))
            }
            if let existing { detach(existing) }
            return move(known, to: parent, entry)
        }
        if let existing { detach(existing) }
        let child = insert(entry, in: parent)
        setState(child, .watched(watch))
        descend(into: child, path, handle, descent)
    }

    /// An entry that cannot be watched: keeps what is known of it if it seems to be the same directory.
    ///
    /// - Returns: whether it is new.
    @discardableResult
    private func settle(
        _ entry: DirectoryHandle.Entry, in parent: WatchedDirectory, refused state: WatchedDirectory.State
    ) -> Bool {
        if let existing = parent.children[entry.name] {
            if existing.entryInode == entry.inode {
                switch (existing.state, state) {
                // The permission to read is asked for when a watch is added, not while it stands.
                case (.watched, .unreadable): return false
                case (.unwatched, _), (.unreadable, _):
                    setState(existing, state)
                    return false
                default: break
                }
            }
            detach(existing)
        }
        setState(insert(entry, in: parent), state)
        return true
    }

    func insert(_ entry: DirectoryHandle.Entry, in parent: WatchedDirectory) -> WatchedDirectory {
        let child = WatchedDirectory(tree: self, parent: parent, name: entry.name, entryInode: entry.inode)
        parent.children[entry.name] = child
        directories += 1
        return child
    }

    /// Reads a new directory, at once where that is allowed.
    private func descend(
        into child: WatchedDirectory, _ path: BytePath, _ handle: borrowing DirectoryHandle,
        _ descent: Descent
    ) {
        let hints = WatchedDirectory.Hints(whole: true, report: isEstablished)
        guard let descent = descent.next else { return mark(child, hints) }
        list(child, path, handle, hints, descent)
    }

    /// A known directory in a new place takes all below it along. All of it is read again: which of its
    /// directories can hold inputs, and every path, is another now.
    private func move(
        _ directory: WatchedDirectory, to parent: WatchedDirectory, _ entry: DirectoryHandle.Entry
    ) {
        detach(directory)
        directory.parent = parent
        directory.name = entry.name
        directory.entryInode = entry.inode
        parent.children[entry.name] = directory
        if let path = directory.path { change.add(path) }
        markAll(below: directory, .init(whole: true, report: true))
    }

    /// Takes a directory out of its place. It falls at the end of the pass unless it is found at another.
    func detach(_ directory: WatchedDirectory) {
        guard let parent = directory.parent else { return }
        if let path = directory.path { change.add(path) }
        if parent.children[directory.name] === directory { parent.children[directory.name] = nil }
        directory.parent = nil
        detached.append(directory)
    }

    /// Forgets a directory and all below it, and ends the watches that no other tree wants.
    func removeSubtree(_ directory: WatchedDirectory) {
        var rest = [directory]
        while let next = rest.popLast() {
            rest.append(contentsOf: next.children.values)
            if let watch = next.watch { table.release(watch, by: next) }
            setState(next, .lost)
            next.isRemoved = true
            next.hints = nil
            next.children = [:]
            next.parent = nil
            directories -= 1
        }
    }
}
