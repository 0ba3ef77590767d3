import Glibc
import StokerCore
@testable import StokerKit
import SystemPackage
import TestSupport
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
    /// Extended ones, by name: those that may count.
    var attributes: [String: [UInt8]] = [:]

    /// Without the times, which the blind spot's remedy changes.
    var lasting: SeenEntry {
        var copy = self
        copy.modified = 0
        return copy
    }

    var description: String {
        "\(path) \(String(mode, radix: 8)) \(content.count) bytes\(link.map { ", a link of \($0)" } ?? "")"
            + (attributes.isEmpty ? "" : ", with \(attributes.keys.sorted())")
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
            seen.attributes = FileAttributes.all(Array("\(root)/".utf8) + entry.path.bytes)
                .filter { $0.key.hasPrefix("user.") || $0.key.hasPrefix("system.posix_acl") }
            return seen
        }
    }
}

extension SnapshotCopy {
    /// The digest of what the builder would be given, taken from the disk by the code that looks at
    /// projects. It must be the copy's own, whatever happened on the way.
    ///
    /// Where the ignore file is a link, the copy has its bytes beside the Dockerfile, and no link.
    func digestOnDisk(_ request: WarmRequest) throws -> ContentDigest {
        let build = self.request(request, tag: "t")
        var image = request.image
        image.dockerfile = build.dockerfile
        image.context = build.context
        image.buildContexts = build.buildContexts
        var index = StatIndex()
        let plan = try InputPlan(image: image)
        let inputs = try InputScanner.scan(plan, index: &index)
        let ignoreFiles = plan.ignoreFiles.reduce(into: [String: DecidingFile]()) { files, file in
            let path = self.plan.ignoreFiles[file.key]?.path ?? file.value.path
            files[file.key] = DecidingFile(path: path, bytes: file.value.bytes)
        }
        return InputDigester.digest(
            image: image, dockerfile: inputs.dockerfile, ignoreFiles: ignoreFiles, entries: inputs.entries,
            contexts: inputs.contexts)
    }
}

extension Snapshot {
    /// As the end of a build leaves it, whatever child another test begins meanwhile.
    func letGo() { lock.unlock() }

    /// Where one of the folders that a builder is given is now.
    func root(_ number: Int = 0) -> FilePath { tree.pushing(FilePath(roots.context(number).description)) }

    /// What is at a place in the copy of the build context.
    func status(_ place: String) throws -> FileStatus? { try FileStatus.of(root().string + "/" + place) }
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
