import Glibc
import StokerCore
@testable import StokerKit
import SystemPackage
import TestSupport
import Testing

/// What a builder that trusts size and mtime would overlook.
@Suite struct BlindSpotTests {
    let project = TestProject()

    init() { project.write("Dockerfile", "FROM scratch\nCOPY . /\n") }

    /// Updates the snapshot once and returns the status of `f` in it.
    func update(_ snapshot: Snapshot) throws -> FileStatus {
        var index = StatIndex()
        _ = try project.checkedCopy(in: snapshot, index: &index)
        return try #require(try snapshot.status("f"))
    }

    @Test func newBytesOfTheSameSizeAndTimeGetAnotherTime() throws {
        project.write("f", "A")
        let time = project.status("f").modified
        let snapshot = try project.store.open(key: "k")
        let folder = snapshot.folder
        var times: [String: Int64] = ["A": try update(snapshot).modified]
        for text in ["B", "A", "B", "C", "A", "D"] {
            project.replaceUnnoticeably("f", text)
            let status = try update(snapshot)
            #expect(times[text] == nil || times[text] == status.modified, "each content keeps its time")
            times[text] = status.modified
        }
        #expect(Set(times.values).count == 4)
        #expect(times["A"] == time)
        #expect(times.values.allSatisfy { (time...time + 10).contains($0) })
        #expect(snapshot.folder == folder)
    }

    /// Nobody needs to have built in between for the builder to have seen it.
    @Test func aFileThatWasAwayInBetweenIsRemembered() throws {
        project.write("f", "A")
        let time = project.status("f").modified
        let snapshot = try project.store.open(key: "k")
        _ = try update(snapshot)
        project.remove("f")
        var index = StatIndex()
        _ = try project.checkedCopy(in: snapshot, index: &index)
        project.write("f", "B")
        project.touch("f", modified: time)
        #expect(try update(snapshot).modified == time + 1)
    }

    @Test func aFileWithAnotherModeGetsAnotherTime() throws {
        project.write("f", "A")
        let snapshot = try project.store.open(key: "k")
        let before = try update(snapshot)
        let folder = snapshot.folder
        project.chmod("f", 0o600)
        #expect(try update(snapshot).modified == before.modified + 1)
        project.chmod("f", 0o644)
        #expect(try update(snapshot).modified == before.modified)
        #expect(snapshot.folder == folder)
    }

    /// No builder looks at a folder's time.
    @Test func aFolderWithAnotherModeMovesTheSnapshot() throws {
        project.write("f")
        project.folder("d")
        let snapshot = try project.store.open(key: "k")
        _ = try update(snapshot)
        let folder = snapshot.folder
        project.chmod("d", 0o700)
        _ = try update(snapshot)
        #expect(snapshot.folder != folder)
        #expect(snapshot.manifest.traces.isEmpty)
        #expect(try FileStatus.of(folder.string) == nil)
        // What was renamed is still known, so nothing starts over.
        #expect(try SnapshotTree(snapshot.tree).isAsNoted(snapshot.manifest))
    }

    /// No builder compares attributes.
    @Test func aFolderWithOtherAttributesMovesTheSnapshot() throws {
        project.write("f")
        project.folder("d")
        let snapshot = try project.store.open(key: "k")
        _ = try update(snapshot)
        var folders = [snapshot.folder]
        let path = Array(project.path("d").string.utf8)
        for edit in [true, false] {
            if edit { FileAttributes.set(path, "user.a", [1]) } else { FileAttributes.remove(path, "user.a") }
            _ = try update(snapshot)
            folders.append(snapshot.folder)
        }
        #expect(Set(folders).count == 3)
    }

    @Test func aFileWithOtherAttributesGetsAnotherTime() throws {
        project.write("f", "A")
        let snapshot = try project.store.open(key: "k")
        let before = try update(snapshot)
        FileAttributes.set(Array(project.path("f").string.utf8), "user.a", [1])
        #expect(try update(snapshot).modified == before.modified + 1)
        FileAttributes.remove(Array(project.path("f").string.utf8), "user.a")
        #expect(try update(snapshot).modified == before.modified)
    }

    /// BuildKit's cache of layers does not look at access lists, neither when they come nor when they go.
    @Test func accessListsAreBuiltWithoutTheCache() throws {
        project.write("f", "A")
        let path = Array(project.path("f").string.utf8)
        let snapshot = try project.store.open(key: "k")
        func build() throws -> Bool {
            var index = StatIndex()
            let copy = try project.checkedCopy(in: snapshot, index: &index)
            defer { copy.noteBuilt(by: .buildx) }
            return copy.request(project.request(), tag: "t").withoutCache
        }
        #expect(try !build())
        FileAttributes.set(path, "user.a", [1])
        #expect(try !build())
        FileAttributes.set(path, "system.posix_acl_access", FileAttributes.accessList(user: 1, mode: 0o644))
        #expect(try build())
        FileAttributes.remove(path, "system.posix_acl_access")
        #expect(try build())
        #expect(try !build())
    }

    @Test func aFolderThatComesBackWithAnotherModeIsNoticed() throws {
        var builder = TrustingBuilder()
        project.folder("d", mode: 0o755)
        project.write("f")
        let snapshot = try project.store.open(key: "k")
        _ = try update(snapshot)
        _ = try builder.fetch(snapshot.root())
        project.remove("d")
        _ = try update(snapshot)
        project.folder("d", mode: 0o700)
        _ = try update(snapshot)
        #expect(
            try builder.fetch(snapshot.root()).map(\.lasting)
                == SeenEntry.list(snapshot.root()).map(\.lasting))
    }

    /// As `git archive | tar x` makes them: same name, size and time.
    @Test func filesOfTwoImagesAreNeverTakenForEachOther() throws {
        var builder = TrustingBuilder()
        for name in ["one", "two", "shared"] { project.folder(name) }
        let requests = ["one", "two"].map { name in
            project.write("\(name)/Dockerfile", "FROM scratch\nCOPY f /\nCOPY --from=shared f /g\n")
            return project.request(
                project.image(
                    dockerfile: "\(name)/Dockerfile", context: name,
                    buildContexts: ["shared": .directory(project.path("shared"))]))
        }
        for (round, text) in ["A", "B", "C"].enumerated() {
            for name in ["one", "two", "shared"] {
                project.write("\(name)/f", text + name.prefix(1))
                project.touch("\(name)/f", modified: 1_600_000_000_000_000_000)
            }
            for (number, request) in requests.enumerated() {
                let snapshot = try project.store.open(key: "\(number)")
                var index = StatIndex()
                _ = try project.checkedCopy(request, in: snapshot, index: &index)
                for folder in [snapshot.root(), snapshot.root(1)] {
                    let fetched = try builder.fetch(folder).map(\.lasting)
                    #expect(fetched == (try SeenEntry.list(folder).map(\.lasting)), "round \(round)")
                }
                snapshot.letGo()
            }
        }
    }

    /// The builder may still know what a cache that was lost had given it.
    @Test func aLostCacheIsNoWayBackToOldBytes() throws {
        var builder = TrustingBuilder()
        for text in ["A", "B", "A"] {
            project.write("f", text)
            project.touch("f", modified: 1_600_000_000_000_000_000)
            let snapshot = try project.store.open(key: "k")
            _ = try update(snapshot)
            let fetched = try builder.fetch(snapshot.root()).map(\.lasting)
            #expect(fetched == (try SeenEntry.list(snapshot.root()).map(\.lasting)))
            snapshot.letGo()
            FileTree.remove(project.cache)
            try PrivateDirectory.create(project.cache)
        }
    }

    @Test func aTimeAtTheEndOfTimeIsNoReasonToCrash() throws {
        project.write("f", "A")
        // ext4 ends in 2446, nanoseconds in 64 bits in 2262.
        let time = timespec(tv_sec: 15_000_000_000, tv_nsec: 0)
        let path = project.path("f").string
        try #require(utimensat(AT_FDCWD, path, [time, time], 0) == 0)
        let snapshot = try project.store.open(key: "k")
        var times: Set<Int64> = [try update(snapshot).modified]
        project.write("f", "B")
        try #require(utimensat(AT_FDCWD, path, [time, time], 0) == 0)
        times.insert(try update(snapshot).modified)
        #expect(times.count == 2)
    }

    @Test func tooManyTracesMoveTheFolder() throws {
        project.write("f", "A")
        let snapshot = try project.store.open(key: "k")
        _ = try update(snapshot)
        let folder = snapshot.folder
        var manifest = snapshot.manifest
        for number in 0...SnapshotManifest.traceLimit {
            manifest.remember(
                SnapshotManifestTests.entry(),
                at: snapshot.roots.context(0).appending(BytePath("gone/\(number)")))
        }
        try snapshot.endUpdate(manifest)
        _ = try update(snapshot)
        #expect(snapshot.folder != folder)
        #expect(snapshot.manifest.traces.isEmpty)
    }
}
