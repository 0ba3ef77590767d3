import Foundation
import Glibc
@testable import StokerCore
import SystemPackage
import Testing

/// Files that somebody has put in the place of Stoker's own, in a folder that others can write to.
@Suite struct ForeignFileTests {
    let tree = ScratchTree()

    /// A user who is neither us nor root.
    static let stranger: uid_t = 65_534

    func text(_ name: String) throws -> String {
        String(
            decoding: try HeldFile(tree.path(name).string, O_RDONLY).readAll(limit: 1 << 20), as: UTF8.self)
    }

    func hardLink(_ name: String, to target: String) {
        precondition(link(tree.path(target).string, tree.path(name).string) == 0)
    }

    /// Our own file, under the lock's name too.
    @Test(arguments: ["", "mine"]) func aLockWithOtherNamesIsRefused(content: String) throws {
        tree.write("precious", content)
        hardLink(".docker_build.lock", to: "precious")
        let before = tree.status("precious")
        let error = #expect(throws: StokerError.self) {
            try BuildLock.tryAcquire(tree.path(".docker_build.lock"), holder: LockScene.holder())
        }
        #expect(error?.code == .cannotWrite)
        #expect(error?.cause == "it has other names too (hard links)")
        #expect(error?.nextStep == "remove it")
        #expect(tree.status("precious") == before)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
    func anotherUsersLockIsRefusedUnlessTheFolderIsTheirs() throws {
        tree.write(".docker_build.lock", "mine")
        let path = tree.path(".docker_build.lock")
        #expect(chown(path.string, ForeignFileTests.stranger, 0) == 0)
        let error = #expect(throws: StokerError.self) {
            try BuildLock.tryAcquire(path, holder: LockScene.holder())
        }
        #expect(error?.code == .cannotWrite)
        #expect(error?.cause == "it belongs to another user (id 65534)")
        #expect(try text(".docker_build.lock") == "mine")
        // Root in a user's project.
        #expect(chown(tree.root.string, ForeignFileTests.stranger, 0) == 0)
        try #require(try BuildLock.tryAcquire(path, holder: LockScene.holder())).release()
    }

    @Test func aRecordWithOtherNamesProvesNothingAndIsNotWrittenInto() throws {
        let file = CacheRecordFile(tree.path(".docker_test_cache.json"))
        try file.write(CacheRecordTests.record)
        hardLink("other", to: ".docker_test_cache.json")
        let before = try text("other")
        #expect(file.read() == .broken("it has other names too (hard links)"))
        #expect(file.readPlainly() == nil)
        var other = CacheRecordTests.record
        other.buildTime = 7
        try file.write(other)
        #expect(file.read() == .record(other))
        #expect(try text("other") == before)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
    func anotherUsersRecordProvesNothingUnlessTheFolderIsTheirs() throws {
        let file = CacheRecordFile(tree.path(".docker_test_cache.json"))
        try file.write(CacheRecordTests.record)
        #expect(chown(file.path.string, ForeignFileTests.stranger, 0) == 0)
        #expect(file.read() == .broken("it belongs to another user (id 65534)"))
        #expect(file.readPlainly() == nil)
        #expect(chown(tree.root.string, ForeignFileTests.stranger, 0) == 0)
        #expect(file.read() == .record(CacheRecordTests.record))
        #expect(file.readPlainly() == CacheRecordTests.record)
    }

    @Test func anIndexWithOtherNamesIsIgnoredAndReplaced() throws {
        let path = tree.path("index")
        try StatIndexTests().sample().index.save(to: path)
        #expect(StatIndex.load(from: path).count == 3)
        hardLink("other", to: "index")
        let before = try HeldFile(tree.path("other").string, O_RDONLY).readAll(limit: 1 << 20)
        #expect(StatIndex.load(from: path).count == 0)
        try StatIndex().save(to: path)
        #expect(tree.status("index").links == 1)
        #expect(try HeldFile(tree.path("other").string, O_RDONLY).readAll(limit: 1 << 20) == before)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
    func anotherUsersIndexIsIgnoredAndReplaced() throws {
        let path = tree.path("index")
        try StatIndexTests().sample().index.save(to: path)
        #expect(chown(path.string, ForeignFileTests.stranger, 0) == 0)
        #expect(StatIndex.load(from: path).count == 0)
        try StatIndexTests().sample().index.save(to: path)
        #expect(StatIndex.load(from: path).count == 3)
        #expect(tree.status("index").owner == geteuid())
    }

    /// The index is replaced by a rename, whatever is in its place.
    @Test func anIndexThatIsALinkIsReplacedAndItsTargetLeftAlone() throws {
        tree.write("target", "mine")
        tree.link("index", to: "target")
        try StatIndexTests().sample().index.save(to: tree.path("index"))
        #expect(StatIndex.load(from: tree.path("index")).count == 3)
        #expect(try text("target") == "mine")
    }

    @Test func aConfigurationDoesNotAdmitThem() throws {
        for name in [".docker_build.lock", ".docker_test_cache.json"] {
            let fixture = try ConfigurationFixture()
            let file = fixture.root.appending(name)
            try fixture.write("mine", file)
            _ = try fixture.loadImage("")
            #expect(link(file.string, fixture.root.appending("other").string) == 0)
            #expect(
                fixture.failure { try fixture.load("") }
                    == "ROOT/\(name) is not Stoker's own file: it has other names too (hard links); remove it"
            )
            // A marker is never written into.
            _ = try fixture.loadImage("image: {record: r, lock: {path: \(name), protocol: marker}}")
        }
    }
}
