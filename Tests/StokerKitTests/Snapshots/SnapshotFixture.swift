import Glibc
import StokerCore
@testable import StokerKit
import SystemPackage
import Testing

/// What stands under a path, as far as a builder can tell.
struct SeenEntry: Equatable, CustomStringConvertible {
    var path: BytePath
    var mode: UInt32
    var size: Int64
    var modified: Int64
    /// A file's bytes or a link's target.
    var content: [UInt8]
    /// The first path of the file's hard links among the entries, when that is not this one.
    var link: BytePath?

    /// Without the times, which the blind spot's remedy changes.
    var lasting: SeenEntry {
        var copy = self
        copy.modified = 0
        return copy
    }

    var description: String {
        "\(path) \(String(mode, radix: 8)) \(content.count) bytes\(link.map { ", a link of \($0)" } ?? "")"
    }

    /// The inputs below `root`, read without any of the code under test but the walk.
    static func list(_ root: FilePath, _ scope: InputScope? = nil) throws -> [SeenEntry] {
        let entries = try (scope ?? InputScope(root: root)).look().entries
        var firsts: [UInt64: BytePath] = [:]
        return try entries.map { entry in
            var content = entry.linkTarget ?? []
            if entry.status.kind == .file {
                content = try LiveTree(root).open(file: entry.path).readAll(limit: 1 << 30)
            }
            var seen = SeenEntry(
                path: entry.path, mode: entry.status.mode,
                size: entry.status.kind == .directory ? 0 : entry.status.size,
                modified: entry.status.modified, content: content)
            if entry.status.kind == .file {
                seen.link = firsts[entry.status.inode]
                firsts[entry.status.inode] = seen.link ?? entry.path
            }
            return seen
        }
    }
}

extension SnapshotCopy {
    /// The digest of what the builder would be given, taken from the disk by the code that looks at
    /// projects. It must be the copy's own, whatever happened on the way.
    func digestOnDisk(_ request: WarmRequest) throws -> ContentDigest {
        let build = self.request(request, tag: "t")
        var image = request.image
        image.dockerfile = build.dockerfile
        image.context = build.context
        image.buildContexts = build.buildContexts
        var index = StatIndex()
        return try InputScanner.scan(InputPlan(image: image), index: &index).digest
    }
}

extension Snapshot {
    /// As the end of a build leaves it, whatever child another test begins meanwhile.
    func letGo() { lock.unlock() }
}

extension TestProject {
    var store: SnapshotStore { SnapshotStore(cache: cache) }

    /// Brings a snapshot up to date and checks everything that must always hold of it.
    func checkedCopy(
        _ request: WarmRequest? = nil, in snapshot: Snapshot, index: inout StatIndex,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> SnapshotCopy {
        let request = request ?? self.request()
        let copy = try SnapshotCopy.make(request, in: snapshot, index: &index)
        var empty = StatIndex()
        let live = try InputScanner.scan(
            InputPlan(image: request.image, ownFiles: request.ownFiles), index: &empty)
        #expect(copy.inputs.digest == live.digest, "the live tree's", sourceLocation: sourceLocation)
        #expect(copy.inputs.entries == live.entries, sourceLocation: sourceLocation)
        #expect(
            try copy.digestOnDisk(request) == live.digest, "the copy's own", sourceLocation: sourceLocation)
        let warm = try InputScanner.scan(
            InputPlan(image: request.image, ownFiles: request.ownFiles), index: &index)
        #expect(warm.digest == live.digest, "by the index", sourceLocation: sourceLocation)
        return copy
    }

    /// One whole update of a snapshot that lives only for it.
    @discardableResult
    func checkedCopy(_ request: WarmRequest? = nil) throws -> (copy: SnapshotCopy, snapshot: Snapshot) {
        let snapshot = try store.open(key: "k")
        var index = StatIndex()
        return (try checkedCopy(request, in: snapshot, index: &index), snapshot)
    }
}
