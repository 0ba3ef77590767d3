import Foundation
import Glibc
import StokerCore
@testable import StokerKit
import SystemPackage
import Testing

@Suite struct SnapshotPruningTests {
    let project = TestProject()
    static let key = "0123456789abcdef"

    init() { project.write("Dockerfile", "FROM scratch\nCOPY . /\n") }

    var home: FilePath { project.cache.appending("snapshots").appending(SnapshotPruningTests.key) }

    func names(_ folder: FilePath) -> Set<String> {
        Set((try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? [])
    }

    /// Makes a snapshot and lets it go.
    func copy(in store: SnapshotStore? = nil) throws {
        let snapshot = try (store ?? project.store).open(
            key: SnapshotPruningTests.key, project: project.root)
        defer { snapshot.letGo() }
        var index = StatIndex()
        _ = try project.checkedCopy(in: snapshot, index: &index)
        let file = project.store.index(ofKey: SnapshotPruningTests.key)
        try PrivateDirectory.create(file.removingLastComponent())
        try index.save(to: file)
    }

    func prune(
        _ limits: SnapshotLimits = .standard, days: Int64 = 0, keeping key: String? = nil
    ) throws -> [String: SnapshotRetention.Reason] {
        let now = WallClock.nanoseconds() + days * SnapshotRetentionTests.day
        return try SnapshotStore(cache: project.cache, limits: limits).prune(now: now, keeping: key)
    }

    func expectGone() throws {
        #expect(names(project.cache.appending("snapshots")) == ["lock"])
        #expect(try FileStatus.of(project.store.index(ofKey: SnapshotPruningTests.key).string) == nil)
    }

    @Test func aYoungOneStays() throws {
        try copy()
        let before = names(home)
        #expect(try prune(days: 13) == [:])
        #expect(names(home) == before)
        #expect(try FileStatus.of(project.store.index(ofKey: SnapshotPruningTests.key).string) != nil)
    }

    @Test func anOldOneGoesWithItsIndexAndComesBack() throws {
        project.folder("read-only")
        project.write("read-only/f", "x")
        project.chmod("read-only", 0o500)
        try copy()
        #expect(try prune(days: 15) == [SnapshotPruningTests.key: .isOld])
        try expectGone()
        try copy()
        #expect(names(home).contains("project"))
    }

    @Test func aUseMakesItYoung() throws {
        try copy()
        let note = home.appending("project").string
        let past = timespec(tv_sec: time(nil) - 20 * 86_400, tv_nsec: 0)
        try #require(utimensat(AT_FDCWD, note, [past, past], 0) == 0)
        try copy()
        #expect(try prune() == [:])
        try #require(utimensat(AT_FDCWD, note, [past, past], 0) == 0)
        #expect(try prune() == [SnapshotPruningTests.key: .isOld])
    }

    @Test func oneWhoseProjectIsGoneGoes() throws {
        try copy()
        project.move("", to: "../moved")
        #expect(try prune() == [SnapshotPruningTests.key: .projectIsGone])
        try expectGone()
    }

    @Test func oneThatIsTooLargeGoesUnlessItHasJustBeenUsed() throws {
        try copy()
        let limits = SnapshotLimits(maxSize: 1)
        #expect(try prune(limits, keeping: SnapshotPruningTests.key) == [:])
        #expect(try prune(limits) == [SnapshotPruningTests.key: .exceedsSize])
        try expectGone()
    }

    @Test func oneInUseStays() throws {
        let snapshot = try project.store.open(key: SnapshotPruningTests.key, project: project.root)
        var index = StatIndex()
        _ = try project.checkedCopy(in: snapshot, index: &index)
        #expect(try prune(SnapshotLimits(maxSize: 1), days: 100) == [:])
        #expect(try snapshot.status("Dockerfile")?.kind == .file)
    }

    @Test func whileOneIsChosenNothingIsTakenAway() throws {
        try copy()
        let gate = try project.store.gate(LOCK_SH)
        #expect(try prune(days: 100) == [:])
        withExtendedLifetime(gate) {}
    }

    /// Whatever is in the cache that Stoker does not make is somebody's.
    @Test func whatIsNotStokersStays() throws {
        try copy()
        let store = project.cache.appending("snapshots")
        for path in [store.appending("notes"), home.appending("mine"), store.appending("feedfeedfeedfeed")] {
            try AtomicFile.write(Array("x".utf8), to: path)
        }
        #expect(try prune(days: 100) == [:])
        #expect(names(store) == ["lock", "notes", "feedfeedfeedfeed", SnapshotPruningTests.key])
    }

    @Test func whatAKillLeftOnItsWayOutIsRemoved() throws {
        try copy()
        try #require(rename(home.string, project.cache.string + "/snapshots/.removed-1") == 0)
        #expect(try prune() == [:])
        #expect(names(project.cache.appending("snapshots")) == ["lock"])
    }

    @Test func anEmptyCacheIsNoReasonToFail() throws {
        #expect(try prune() == [:])
        #expect(names(project.cache) == [])
    }

    /// The copy is not walked to know its size.
    @Test func theSizeIsRemembered() async throws {
        project.write("big", bytes: [UInt8](repeating: 1, count: 1 << 20))
        project.write("small", "x")
        try copy()
        let size = await project.store.size()
        let walked = FileTree.size(project.cache.appending("snapshots"))
        #expect(abs(size - walked) < 64 << 10)
        // As little as possible is read: the manifest's beginning tells.
        for generation in SnapshotHome(folder: home).generations {
            FileTree.remove(generation.appending("tree"))
        }
        #expect(await project.store.size() == size)
    }

    /// Its first bytes are all that is read of it here.
    @Test(arguments: [Int64.max, .min, -1])
    func aManifestThatTellsAnImpossibleSizeIsNotBelieved(size: Int64) async throws {
        for generation in ["0000000000000001", "0000000000000002"] {
            let folder = home.appending(generation)
            try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
            var manifest = SnapshotManifest().encoded()
            let place = SnapshotManifest.headLength - 8
            withUnsafeBytes(of: size.littleEndian) { manifest.replaceSubrange(place..<(place + 8), with: $0) }
            try AtomicFile.write(manifest, to: folder.appending("manifest"), isDurable: false)
        }
        #expect(await project.store.size() >= 0)
        #expect(SnapshotHome(folder: home).bytes >= 0)
        _ = try prune()
    }

    /// A folder as no path leads to, such as somebody else may have put there.
    @Test func whatLiesDeeperThanAnyPathReachesGoes() async throws {
        let deep = project.cache.appending("deep")
        try PrivateDirectory.create(deep)
        var current = open(deep.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        for _ in 0..<20_000 {
            #expect(mkdirat(current, "d", 0o700) == 0)
            let next = openat(current, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            close(current)
            current = next
        }
        close(current)
        let size = try await BlockingWork.run { FileTree.size(deep) }
        #expect(size >= 0)
        try await BlockingWork.run { FileTree.remove(deep) }
        #expect(access(deep.string, F_OK) != 0)
    }
}
