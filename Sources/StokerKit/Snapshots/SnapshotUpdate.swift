import Glibc
import StokerCore
import SystemPackage

/// Brings a snapshot up to date with the live trees: copies what changed, removes what is gone, and says
/// what the copy holds. The digests are those of the bytes as copied.
///
/// Sources and manifest are both in byte order, so one pass over both tells what is to be done; what is to be
/// copied is copied on all cores, in batches, so that no more is held in memory than there is in the manifest.
struct SnapshotUpdate {
    let snapshot: Snapshot
    let trees: [LiveTree]
    let tree: SnapshotTree
    let old: SnapshotManifest
    /// Has an entry for each source, in the same order, from `run` on.
    var new = SnapshotManifest()
    /// For each source the number of the old entry of the same kind.
    var previous: [Int32] = []
    /// For each source that is a hard link of an earlier one, the number of the first.
    var links = SourceLinks()
    /// Whether something changed in a way that the builder would not notice.
    var needsNewFolder = false
    /// What is different from before, in the order in which it was met; at most `changeLimit`.
    private(set) var changes: [InputChange] = []
    private var changeCount = 0
    static let changeLimit = 1000

    /// How many files are copied before what became of them is noted.
    private static let batch = 4096

    /// - Parameter snapshot: Has been prepared.
    init(_ snapshot: Snapshot, from trees: [LiveTree]) throws {
        self.snapshot = snapshot
        self.trees = trees
        old = snapshot.manifest
        tree = try SnapshotTree(snapshot.tree)
    }

    /// What an update has learned of the live files.
    struct Outcome {
        /// For each source its file's content as the stat index may vouch for it.
        var settled: [ContentDigest?]
    }

    /// - Parameters:
    ///   - sources: sorted by destination, parents before what they hold. Files that were read get the status
    ///     that they had then.
    ///   - known: what each live file is known to hold without reading it; `nil` reads it.
    mutating func run(_ sources: inout [SnapshotSource], known: [ContentDigest?]) throws -> Outcome {
        new.traces = old.traces
        links = SourceLinks(sources)
        let gone = compare(sources)
        fill(sources)
        if hasNewLinks(sources) || old.hasHiddenAttributes { try snapshot.home.noteCacheIsBlind() }
        try snapshot.beginUpdate()
        var outcome = Outcome(settled: known)
        let (jobs, touched) = try plan(sources, known)
        var isTouched = touched
        for number in gone {
            if let parent = old.path(number).parent, let folder = new.number(of: parent) {
                isTouched[folder] = true
            }
        }
        try remove(gone)
        try openFolders(sources, &isTouched)
        try copy(jobs, &sources, known, &outcome)
        try linkTogether(&sources, &outcome)
        try finishFolders(sources, isTouched)
        try noteLinked()
        if new.hasHiddenAttributes { try snapshot.home.noteCacheIsBlind() }
        compareWithBefore(sources)
        return outcome
    }

    /// Makes the snapshot whole again.
    ///
    /// - Parameter inputs: the digest of what it holds now.
    mutating func finish(inputs: ContentDigest) throws {
        if needsNewFolder || new.traceCount > SnapshotManifest.traceLimit {
            try snapshot.renew()
            new.traces = [:]
            try new.move(to: snapshot.roots, status: tree.status)
        }
        new.inputs = inputs
        try snapshot.endUpdate(new)
    }

    /// What is different from before, in words; `nil` when nothing is.
    var change: String? {
        guard let firstChange = changes.first else { return nil }
        let bytes = firstChange.path.bytes.drop { $0 != UInt8(ascii: "/") }.dropFirst()
        let verb =
            switch firstChange.kind {
            case .added: "is new"
            case .removed: "is gone"
            case .changed: "changed"
            }
        return "\(BytePath(bytes: Array(bytes))) \(verb)"
            + (changeCount > 1 ? " and \(changeCount - 1) more" : "")
    }

    private mutating func note(_ path: BytePath, _ kind: InputChange.Kind) {
        if changes.count < SnapshotUpdate.changeLimit {
            changes.append(InputChange(path: path, kind: kind))
        }
        changeCount += 1
    }

    // MARK: What is to be done

    /// Finds each source's old entry.
    ///
    /// - Returns: The old entries that are no longer wanted, in their order.
    private mutating func compare(_ sources: [SnapshotSource]) -> [Int] {
        previous = Array(repeating: -1, count: sources.count)
        var gone: [Int] = []
        var number = 0
        for (index, source) in sources.enumerated() {
            while number < old.count {
                let order = old.compare(number, source.destination)
                if order > 0 { break }
                if order == 0, old[number].kind == source.entry.status.kind {
                    previous[index] = Int32(number)
                } else {
                    gone.append(number)
                }
                number += 1
            }
        }
        gone += number..<old.count
        return gone
    }

    /// Gives the manifest its entries as they were, or will be.
    private mutating func fill(_ sources: [SnapshotSource]) {
        new.reserveCapacity(
            entries: sources.count,
            paths: sources.reduce(0) { $0 + $1.destination.bytes.count + 1 })
        for (index, source) in sources.enumerated() {
            var entry =
                previous[index] >= 0 ? old[Int(previous[index])] : SnapshotManifest.Entry(source)
            entry.link = links.first(of: index).map { UInt32($0) } ?? SnapshotManifest.Entry.noLink
            new.append(source.destination, entry)
        }
    }

    /// What has to be done to files, links and nodes.
    ///
    /// - Returns: The numbers of the sources; and for each source whether it is a folder in which
    ///   something will change.
    private mutating func plan(
        _ sources: [SnapshotSource], _ known: [ContentDigest?]
    ) throws -> (jobs: [Int32], isTouched: [Bool]) {
        var jobs: [Int32] = []
        var isTouched = [Bool](repeating: false, count: sources.count)
        var folder = (path: BytePath.root, number: -1)
        // The manifest has the sources' paths in their order, and so their numbers.
        func touchParent(_ index: Int) {
            guard let parent = sources[index].destination.parent else { return }
            if parent != folder.path {
                folder = (parent, new.number(of: parent) ?? -1)
            }
            if folder.number >= 0 { isTouched[folder.number] = true }
        }
        for (index, source) in sources.enumerated() {
            switch source.entry.status.kind {
            case .directory:
                if previous[index] < 0 { touchParent(index) }
            default:
                if let first = links.first(of: index) {
                    if links.isNew(first) || oldLink(index) != sources[first].destination {
                        touchParent(index)
                    }
                } else if !isUpToDate(index, source, known[index]) {
                    if willBeWritten(index, source, known[index]) { links.markNew(index) }
                    jobs.append(Int32(index))
                    touchParent(index)
                }
            }
        }
        return (jobs, isTouched)
    }

    /// What the old entry of a source was a hard link of.
    func oldLink(_ index: Int) -> BytePath? {
        previous[index] >= 0 ? old.link(of: Int(previous[index])) : nil
    }

    private func wasLink(_ index: Int) -> Bool { previous[index] >= 0 && old[Int(previous[index])].isLink }

    private func willBeWritten(_ index: Int, _ source: SnapshotSource, _ known: ContentDigest?) -> Bool {
        guard source.entry.status.kind == .file, case .live = source.origin else { return false }
        guard previous[index] >= 0, let known, !wasLink(index) else { return true }
        return known != old[Int(previous[index])].content
    }

    private func isUpToDate(_ index: Int, _ source: SnapshotSource, _ known: ContentDigest?) -> Bool {
        guard previous[index] >= 0, !wasLink(index) else { return false }
        let before = old[Int(previous[index])]
        var entry = SnapshotManifest.Entry(source)
        switch entry.kind {
        case .file:
            if case .live = source.origin { entry.content = known ?? .zero }
        case .symbolicLink: break
        default: return false
        }
        guard entry.content == before.content, entry.mode == before.mode else { return false }
        if !old.traces.isEmpty, let traces = old.traces[source.destination] {
            entry.modified = traces.freshModificationTime(for: entry)
        }
        return entry.modified == before.modified
    }

    // MARK: Files

    private mutating func copy(
        _ jobs: [Int32], _ sources: inout [SnapshotSource], _ known: [ContentDigest?],
        _ outcome: inout Outcome
    ) throws {
        for start in stride(from: 0, to: jobs.count, by: SnapshotUpdate.batch) {
            let batch = jobs[start..<min(start + SnapshotUpdate.batch, jobs.count)].map {
                job($0, sources, known)
            }
            var done = [FileCopier.Done?](repeating: nil, count: batch.count)
            try done.withUnsafeMutableBufferPointer { done in
                try ParallelRuns.forEach(
                    batch.count, run: 32, makeWorker: { FileCopier(from: trees, to: tree) }
                ) { copier, index in
                    done[index] = try copier.run(batch[index])
                }
            }
            for (job, done) in zip(jobs[start...], done) {
                let index = Int(job)
                guard let done else { continue }
                if let status = done.status {
                    sources[index].entry.status = status
                    outcome.settled[index] = done.isSettled ? done.entry.content : nil
                }
                new[index] = done.entry
            }
        }
    }

    private func job(_ number: Int32, _ sources: [SnapshotSource], _ known: [ContentDigest?])
        -> FileCopier.Job
    {
        let index = Int(number)
        let isThere = previous[index] >= 0
        return FileCopier.Job(
            source: sources[index], previous: isThere && !wasLink(index) ? old[Int(previous[index])] : nil,
            isThere: isThere, known: known[index], traces: old.traces[sources[index].destination] ?? [],
            isLinked: links.isFirst(index))
    }

    // MARK: What the builder may overlook

    /// Remembers what was there, and tells whether the builder can notice the difference.
    private mutating func compareWithBefore(_ sources: [SnapshotSource]) {
        for (index, source) in sources.enumerated() {
            let path = source.destination
            let entry = new[index]
            let link = links.first(of: index).map { sources[$0].destination }
            let now = SnapshotManifest.Trace(entry, link: link)
            if previous[index] >= 0 {
                let before = old[Int(previous[index])]
                let linkBefore = before.isLink ? old.link(of: Int(previous[index])) : nil
                if before.content != entry.content || before.mode != entry.mode || linkBefore != link {
                    note(path, .changed)
                }
                new.remember(before, link: linkBefore, at: path, replacedBy: now)
            } else {
                note(path, .added)
            }
            if !new.traces.isEmpty, let traces = new.traces[path], traces.isMistakable(now) {
                needsNewFolder = true
            }
        }
    }

    /// What a folder holds sorts after it, and so goes before it.
    private mutating func remove(_ gone: [Int]) throws {
        for number in gone.reversed() {
            let path = old.path(number)
            // A read-only folder would not let go of what it holds.
            if let parent = path.parent, let folder = old.number(of: parent),
                old[folder].mode & 0o300 != 0o300
            {
                try tree.setMode(parent, 0o700)
            }
            try tree.remove(path)
            new.remember(old[number], link: old.link(of: number), at: path)
            note(path, .removed)
        }
    }
}
