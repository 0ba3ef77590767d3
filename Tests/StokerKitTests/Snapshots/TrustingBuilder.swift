import Glibc
import StokerCore
@testable import StokerKit
import SystemPackage

/// A builder at its worst: it remembers under the snapshot's folder what it fetched, and fetches a file again
/// only for another size or mtime, a folder never.
struct TrustingBuilder {
    private struct Kept {
        var entry: SeenEntry
        var kind: FileStatus.Kind { FileStatus.kind(ofMode: entry.mode) }
    }
    private var folders: [FilePath: [BytePath: Kept]] = [:]

    /// Fetches the snapshot, and answers with what it then takes for the snapshot's content.
    mutating func fetch(_ snapshot: Snapshot) throws -> [SeenEntry] {
        let known = folders[snapshot.folder] ?? [:]
        var fetched: [BytePath: Kept] = [:]
        let entries = try SeenEntry.list(snapshot.tree)
        for entry in entries {
            let new = Kept(entry: entry)
            if let old = known[entry.path], old.kind == new.kind,
                new.kind == .directory
                    || old.entry.size == entry.size && old.entry.modified == entry.modified
            {
                fetched[entry.path] = old
            } else {
                fetched[entry.path] = new
            }
        }
        folders[snapshot.folder] = fetched
        return entries.compactMap { fetched[$0.path]?.entry }
    }
}
