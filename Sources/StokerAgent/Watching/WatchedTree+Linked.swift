import StokerCore
import SystemPackage

extension WatchedTree {
    /// Ends the watches of all linked files but these.
    func keepLinked(_ paths: Set<BytePath>) {
        for path in linked.keys where !paths.contains(path) { dropLinked(path) }
    }

    func dropLinked(_ path: BytePath) {
        guard let file = linked.removeValue(forKey: path) else { return }
        table.release(file.watch, by: file)
    }

    /// Watches the files that are at these paths now, and no longer those that were there, until the time is
    /// up; takes those that are settled from `paths`.
    ///
    /// - Returns: those that are watched.
    func link(
        _ paths: inout ArraySlice<BytePath>, in directory: BytePath, until deadline: ContinuousClock.Instant
    ) -> [BytePath] {
        var linked: [BytePath] = []
        // Links on the way are followed, as by whoever reads the files.
        guard let root = try? DirectoryHandle(path: path),
            let handle = try? DirectoryHandle(directory, below: root.descriptor)
        else {
            for path in paths { dropLinked(path) }
            paths = []
            return []
        }
        repeat {
            guard let path = paths.popFirst() else { break }
            if link(path, in: handle) { linked.append(path) }
        } while ContinuousClock.now < deadline
        return linked
    }

    private func link(_ path: BytePath, in parent: borrowing DirectoryHandle) -> Bool {
        do {
            let handle = try FileHandle(Array(path.name), in: parent.descriptor)
            let watch = try table.add(file: handle.descriptor)
            if linked[path]?.watch == watch { return true }
            dropLinked(path)
            let file = LinkedFile(tree: self, path: path, watch: watch)
            linked[path] = file
            table.hold(watch, for: .file(file))
            return true
        } catch {
            dropLinked(path)
            return false
        }
    }

    /// Notes what an event says of a file with a watch of its own. Every one of them is a change, also that
    /// the kernel has ended the watch.
    func hint(_ event: InotifyEvent, at file: LinkedFile) {
        guard linked[file.path] === file else { return }
        change.add(file.path)
        if event.mask.contains(.ignored) { linked[file.path] = nil }
    }
}
