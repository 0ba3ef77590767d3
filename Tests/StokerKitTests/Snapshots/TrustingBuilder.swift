import Glibc
import StokerCore
@testable import StokerKit
import SystemPackage

/// A builder at its worst: it remembers what it fetched under the last component of the folder's path, as buildx
/// does, and fetches a file again only for another size or mtime, a folder never.
struct TrustingBuilder {
    private struct Kept {
        var entry: SeenEntry
        var kind: FileStatus.Kind { FileStatus.kind(ofMode: entry.mode) }
    }
    private var uploads: [String: [BytePath: Kept]] = [:]

    /// Fetches a folder, and answers with what it then takes for the folder's content.
    mutating func fetch(_ folder: FilePath) throws -> [SeenEntry] {
        let name = folder.lastComponent?.string ?? ""
        let known = uploads[name] ?? [:]
        var fetched: [BytePath: Kept] = [:]
        let entries = try SeenEntry.list(folder)
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
        uploads[name] = fetched
        return entries.compactMap { fetched[$0.path]?.entry }
    }
}
