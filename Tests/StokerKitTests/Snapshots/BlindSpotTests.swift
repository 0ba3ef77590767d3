import Glibc
import StokerCore
@testable import StokerKit
import SystemPackage
import Testing

/// What a builder that trusts size and mtime would overlook.
@Suite struct BlindSpotTests {
    let project = TestProject()

    init() { project.write("Dockerfile", "FROM scratch\nCOPY . /\n") }

    /// Updates the snapshot once and returns the status of `context/f` in it.
    func update(_ snapshot: Snapshot) throws -> FileStatus {
        var index = StatIndex()
        _ = try project.checkedCopy(in: snapshot, index: &index)
        return try #require(try FileStatus.of(snapshot.tree.string + "/context/f"))
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
    }

    @Test func aFolderThatComesBackWithAnotherModeIsNoticed() throws {
        var builder = TrustingBuilder()
        project.folder("d", mode: 0o755)
        project.write("f")
        let snapshot = try project.store.open(key: "k")
        _ = try update(snapshot)
        _ = try builder.fetch(snapshot)
        project.remove("d")
        _ = try update(snapshot)
        project.folder("d", mode: 0o700)
        _ = try update(snapshot)
        #expect(try builder.fetch(snapshot).map(\.lasting) == SeenEntry.list(snapshot.tree).map(\.lasting))
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
                SnapshotManifestTests.entry(), at: BytePath("context/gone/\(number)"))
        }
        try snapshot.endUpdate(manifest)
        _ = try update(snapshot)
        #expect(snapshot.folder != folder)
        #expect(snapshot.manifest.traces.isEmpty)
    }
}
