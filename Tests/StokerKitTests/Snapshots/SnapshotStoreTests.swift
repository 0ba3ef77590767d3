import Foundation
import Glibc
import StokerCore
@testable import StokerKit
import SystemPackage
import TestSupport
import Testing

@Suite struct SnapshotStoreTests {
    let project = TestProject()

    init() { project.write("Dockerfile", "FROM scratch\nCOPY . /\n") }

    func generations(_ key: String = "k") -> Set<String> {
        let home = project.cache.appending("snapshots").appending(key).string
        return Set((try? FileManager.default.contentsOfDirectory(atPath: home)) ?? [])
    }

    func name(_ snapshot: Snapshot) -> String { snapshot.folder.lastComponent?.string ?? "" }

    @Test func aCopyThatWasTakenAwayIsMadeAnew() throws {
        let (_, snapshot) = try project.checkedCopy()
        snapshot.letGo()
        FileTree.remove(snapshot.tree)
        let next = try project.store.open(key: "k")
        var index = StatIndex()
        _ = try project.checkedCopy(in: next, index: &index)
        #expect(try next.status("Dockerfile")?.kind == .file)
    }

    @Test func aWholeGenerationIsUsedAgain() throws {
        let used = try project.checkedCopy().snapshot
        let first = name(used)
        used.letGo()
        let second = try project.store.open(key: "k")
        #expect(name(second) == first)
        #expect(second.state == .whole)
        #expect(generations() == [first])
    }

    @Test func imagesHaveGenerationsOfTheirOwn() throws {
        let one = try project.store.open(key: "one")
        let two = try project.store.open(key: "two")
        #expect(generations("one") == [name(one)])
        #expect(generations("two") == [name(two)])
    }

    @Test func aKilledUpdateIsThrownAway() throws {
        project.folder("read-only", mode: 0o500)
        let first: String
        do {
            let (_, snapshot) = try project.checkedCopy()
            first = name(snapshot)
            // As a kill in the middle of an update leaves it.
            try snapshot.beginUpdate()
            snapshot.letGo()
        }
        let second = try project.store.open(key: "k")
        #expect(name(second) != first)
        #expect(generations() == [name(second)])
        var index = StatIndex()
        _ = try project.checkedCopy(in: second, index: &index)
    }

    @Test func aGenerationThatNobodyHasFilledIsThrownAway() throws {
        let unfilled = try project.store.open(key: "k")
        let first = name(unfilled)
        unfilled.letGo()
        let second = try project.store.open(key: "k")
        #expect(generations() == [name(second)])
        #expect(name(second) != first)
    }

    @Test func aBrokenManifestIsNone() throws {
        let first: String
        do {
            let (_, snapshot) = try project.checkedCopy()
            first = name(snapshot)
            let manifest = snapshot.folder.appending("manifest").string
            try #require(truncate(manifest, 40) == 0)
            snapshot.letGo()
        }
        #expect(try name(project.store.open(key: "k")) != first)
    }

    /// After a power cut the manifest may have reached the disk and the bytes that it vouches for not.
    @Test func aManifestOfAnotherBootIsNone() throws {
        let first: String
        do {
            let (_, snapshot) = try project.checkedCopy()
            first = name(snapshot)
            let path = snapshot.folder.appending("manifest")
            let bytes = try HeldFile(path.string, O_RDONLY).readAll(limit: 1 << 20)
            let boot = Array(BootID.current.utf8)
            let start = try #require(bytes.firstRange(of: boot)).lowerBound
            var other = bytes
            other[start] = other[start] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
            try AtomicFile.write(other, to: path)
            snapshot.letGo()
        }
        #expect(try name(project.store.open(key: "k")) != first)
    }

    @Test func oneInUseIsLeftAloneAndAnotherMade() throws {
        let (_, first) = try project.checkedCopy()
        let second = try project.store.open(key: "k")
        #expect(name(second) != name(first))
        #expect(generations() == [name(first), name(second)])
        #expect(try first.status("Dockerfile")?.kind == .file)
    }

    /// A client that outlives a killed parent still reads the snapshot.
    @Test func aChildThatHasTheLockAsItsInputKeepsItForItself() async throws {
        let output = ChildPipe()
        let child: ChildProcess
        let held: String
        let lock: FilePath
        do {
            let (_, snapshot) = try project.checkedCopy()
            held = name(snapshot)
            lock = snapshot.folder.appending("lock")
            child = try ChildProcess(
                ["sh", "-c", "trap 'exit 0' TERM; echo ready; while :; do /bin/sleep 1; done"],
                input: .descriptor(snapshot.lock.descriptor),
                output: .descriptor(output.writing.fileDescriptor))
            // Not before the child runs does it hold what it was given.
            #expect(output.readLine() == "ready\n")
        }
        #expect(try name(project.store.open(key: "k")) != held)
        #expect(generations().contains(held))
        child.signal(SIGTERM)
        #expect(await child.status == 0)
        #expect(try await FileLock.isLetGo(lock))
        #expect(try name(project.store.open(key: "k")) == held)
    }

    @Test func theCacheIsForItsOwnerAlone() throws {
        let (_, snapshot) = try project.checkedCopy()
        for path in [snapshot.folder, snapshot.tree, snapshot.folder.removingLastComponent()] {
            #expect(try FileStatus.of(path.string)?.permissions == 0o700)
        }
    }
}
