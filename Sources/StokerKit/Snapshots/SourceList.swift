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

    /// All of them in byte order of their destinations.
    consuming func sorted() -> [SnapshotSource] {
        if others.isEmpty { return inOrder }
        return (inOrder + others.values).sorted { $0.destination < $1.destination }
    }
}
