import Glibc
import StokerCore
import SystemPackage

extension WatchedTree {
    /// Reads dirty directories until none is left or the time is up.
    ///
    /// - Returns: whether something is left to do.
    func reconcile(until deadline: ContinuousClock.Instant) -> Bool {
        if crawling != nil { return false }
        // More than once, as the root may come and go meanwhile.
        for _ in 0..<8 where isRootSuspect || !dirty.isEmpty {
            guard let handle = openRoot() else { continue }
            while !isRootSuspect, let directory = dirty.next() {
                read(directory, below: handle.descriptor, until: deadline)
                if dirty.isEmpty, gainedWatch {
                    gainedWatch = false
                    retryUnwatched(atMost: 64)
                }
                if ContinuousClock.now >= deadline, !dirty.isEmpty { return true }
            }
        }
        for directory in detached where directory.parent == nil && !directory.isRemoved {
            removeSubtree(directory)
        }
        detached = []
        if dirty.isEmpty { isEstablished = true }
        return false
    }

    private func read(
        _ directory: WatchedDirectory, below root: FileDescriptor, until deadline: ContinuousClock.Instant
    ) {
        guard !directory.isRemoved, let hints = directory.hints else { return }
        directory.hints = nil
        // One that has left its place is read when it is found again.
        guard let path = directory.path else { return }
        guard let handle = try? DirectoryHandle(path, below: root) else { return wait(directory, hints) }
        guard let hints = confirm(directory, handle, hints) else { return }
        list(directory, path, handle, hints, Descent(deadline: deadline))
    }

    /// Proves by its watch that the directory is the one that was opened.
    ///
    /// - Returns: what is to be read; `nil` when nothing is.
    private func confirm(
        _ directory: WatchedDirectory, _ handle: borrowing DirectoryHandle, _ hints: WatchedDirectory.Hints
    ) -> WatchedDirectory.Hints? {
        do {
            let watch = try table.add(handle.descriptor)
            if directory.watch == watch { return hints }
            guard directory.watch == nil, table.directory(of: watch, in: self) == nil else {
                table.drop(watch)
                wait(directory, hints)
                return nil
            }
            if case .unwatched = directory.state { gainedWatch = true }
            setState(directory, .watched(watch))
            return .init(whole: true, report: true)
        } catch {
            if directory.watch != nil {
                wait(directory, hints)
                return nil
            }
            setState(directory, error == .noSpace ? .unwatched : .unreadable(error))
            return error == .noSpace && !directory.isListed ? hints : nil
        }
    }

    /// How far a reading may go down at once with the directories above held open.
    struct Descent {
        var deadline: ContinuousClock.Instant
        var levels = 32
        /// Whether it is the directory that the time was given for, which has to get on in any case.
        var isFirst = true

        var next: Descent? {
            levels > 0 && !isLate ? Descent(deadline: deadline, levels: levels - 1, isFirst: false) : nil
        }

        var isLate: Bool { ContinuousClock.now >= deadline }
    }

    /// Compares a directory, which is watched before this, with what is known of it.
    func list(
        _ directory: WatchedDirectory, _ path: BytePath, _ handle: borrowing DirectoryHandle,
        _ hints: WatchedDirectory.Hints, _ descent: Descent
    ) {
        let entries: [DirectoryHandle.Entry]
        do { entries = try handle.entries(onlyDirectories: !hints.report) } catch {
            return wait(directory, hints)
        }
        directory.isListed = true
        // What was in it and is gone can no longer be named.
        if hints.report { change.add(path) }
        var found: Set<[UInt8]> = []
        var left = WatchedDirectory.Hints()
        // A share of it, since all of it is listed anew for the rest.
        var least = descent.isFirst ? max(64, entries.count / 8) : 0
        for entry in entries {
            let entryPath = path.appending(name: entry.name)
            if hints.report { change.add(entryPath) }
            guard entry.mayBeDirectory, canHoldInput(entryPath) else { continue }
            found.insert(entry.name)
            if !hints.whole, !hints.names.contains(entry.name), let child = directory.children[entry.name],
                child.entryInode == entry.inode
            {
                // A watched inode cannot be used anew, and one that is not watched has its own retries.
                if case .lost = child.state {} else { continue }
            }
            if least <= 0, descent.isLate {
                // Not even opened: it would be opened and watched a second time when it is read.
                left.names.insert(entry.name)
            } else {
                least -= 1
                settle(entry, entryPath, in: directory, handle, descent)
            }
        }
        if !left.names.isEmpty {
            // One that has no watch is read again only if it has not been read to its end.
            directory.isListed = false
            mark(directory, left)
        }
        for (name, child) in directory.children where !found.contains(name) { detach(child) }
    }
}
