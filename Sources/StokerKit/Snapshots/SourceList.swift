import StokerCore

/// The sources of a snapshot by their destinations. Nearly all come in byte order, a tree after the other, so
/// they need no table.
struct SourceList {
    private var inOrder: [SnapshotSource] = []
    private var others: [BytePath: SnapshotSource] = [:]

    subscript(path: BytePath) -> SnapshotSource? {
        if let other = others[path] { return other }
        var low = 0
        var high = inOrder.count
        while low < high {
            let middle = (low + high) / 2
            if inOrder[middle].destination < path { low = middle + 1 } else { high = middle }
        }
        return low < inOrder.count && inOrder[low].destination == path ? inOrder[low] : nil
    }

    /// - Precondition: There is none at its destination yet.
    mutating func add(_ source: SnapshotSource) {
        if inOrder.last.map({ $0.destination < source.destination }) ?? true {
            inOrder.append(source)
        } else {
            others[source.destination] = source
        }
    }

    /// Adds folders of the snapshot's own where none are yet, at `path` and above it.
    mutating func addFolders(upTo path: BytePath) {
        // Without recursion: a path may have tens of thousands of components.
        var missing: [BytePath] = []
        var next: BytePath? = path
        while let folder = next, !folder.isRoot, self[folder] == nil {
            missing.append(folder)
            next = folder.parent
        }
        for folder in missing.reversed() { add(.folder(at: folder)) }
    }

    /// Adds a live tree.
    ///
    /// - Parameters:
    ///   - number: Of the tree.
    ///   - home: Where it goes in the snapshot.
    ///   - counted: The paths that can influence the image; `nil` for all.
    mutating func add(
        _ entries: [ContextEntry], of number: Int, below home: BytePath, counted: Set<BytePath>?
    ) {
        addFolders(upTo: home)
        for entry in entries {
            // A folder that is only passed is no entry.
            if let parent = entry.path.parent { addFolders(upTo: home.appending(parent)) }
            add(
                SnapshotSource(
                    origin: .live(number), entry: entry, destination: home.appending(entry.path),
                    counts: counted?.contains(entry.path) ?? true))
        }
    }

    /// All of them in byte order of their destinations.
    consuming func sorted() -> [SnapshotSource] {
        if others.isEmpty { return inOrder }
        return (inOrder + others.values).sorted { $0.destination < $1.destination }
    }
}
