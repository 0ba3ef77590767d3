import StokerCore

/// Which sources are hard links of each other. Only files of one live tree can be: two contexts never share one
/// in the image.
struct SourceLinks {
    private var firsts: [Int: Int] = [:]
    private var leaders: Set<Int> = []
    private var written: Set<Int> = []

    init() {}

    /// - Parameter sources: In byte order of their destinations.
    init(_ sources: [SnapshotSource]) {
        var groups: [Int: HardLinks] = [:]
        for (index, source) in sources.enumerated() where source.entry.status.links > 1 {
            guard case .live(let tree) = source.origin, source.entry.status.kind == .file else { continue }
            if let first = groups[tree, default: HardLinks()].first(of: source.entry.status, at: index) {
                firsts[index] = first
                leaders.insert(first)
            }
        }
    }

    var isEmpty: Bool { firsts.isEmpty }

    /// The members of all groups but the first ones.
    var members: [Int] { firsts.keys.sorted() }

    func first(of index: Int) -> Int? { firsts.isEmpty ? nil : firsts[index] }

    func isFirst(_ index: Int) -> Bool { leaders.contains(index) }

    /// Whether the first one of a group gets a new file in the snapshot.
    func isNew(_ first: Int) -> Bool { written.contains(first) }

    mutating func markNew(_ index: Int) {
        if isFirst(index) { written.insert(index) }
    }
}

extension SnapshotUpdate {
    /// Whether a path that the builder may know has become a hard link, or is one no more; where nothing is
    /// known of the past, whether there are any.
    func hasNewLinks(_ sources: [SnapshotSource]) -> Bool {
        if old.count == 0 { return !links.isEmpty }
        let wereLinks = old.records.contains { $0.entry.isLink }
        let areRemembered = old.traces.values.contains { $0.contains { $0.link != nil } }
        if links.isEmpty, !wereLinks, !areRemembered { return false }
        return sources.indices.contains { index in
            let link = links.first(of: index).map { sources[$0].destination }
            if previous[index] >= 0, oldLink(index) != link { return true }
            return old.traces[sources[index].destination]?.contains { $0.link != link } ?? false
        }
    }

    /// Makes hard links in the snapshot of what are hard links of each other in the live tree. The content is
    /// that of the first one, as it was copied.
    mutating func linkTogether(_ sources: inout [SnapshotSource], _ outcome: inout Outcome) throws {
        for index in links.members {
            guard let first = links.first(of: index) else { continue }
            let path = sources[index].destination
            if links.isNew(first) || oldLink(index) != sources[first].destination {
                try tree.makeHardLink(path, to: sources[first].destination)
            }
            sources[index].entry.status = sources[first].entry.status
            outcome.settled[index] = outcome.settled[first]
            new[index] = new[first]
            new[index].link = UInt32(first)
        }
    }

    /// A file's change time also tells of links that are made or taken away.
    mutating func noteLinked() throws {
        var inodes: Set<UInt64> = []
        for record in old.records where record.entry.isLink { inodes.insert(record.entry.inode) }
        if inodes.isEmpty, links.isEmpty { return }
        for index in 0..<new.count where new[index].kind == .file {
            guard new[index].isLink || links.isFirst(index) || inodes.contains(new[index].inode) else {
                continue
            }
            let status = try tree.status(new.path(index))
            new[index].inode = status.inode
            new[index].changed = status.changed
        }
    }
}
