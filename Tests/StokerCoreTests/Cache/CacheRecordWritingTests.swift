import Foundation
import Glibc
@testable import StokerCore
import SystemPackage
import Testing

@Suite struct CacheRecordWritingTests {
    let tree = ScratchTree()

    func file(_ name: String = ".docker_test_cache.json") -> CacheRecordFile {
        CacheRecordFile(tree.path(name))
    }

    func content(_ name: String) -> [UInt8]? {
        try? HeldFile(tree.path(name).string, O_RDONLY).readAll(limit: 1 << 20)
    }

    /// What is in the folder, however it is called.
    func names(_ folder: FilePath? = nil) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: (folder ?? tree.root).string).sorted()
    }

    @Test func aBrokenRecordIsReplaced() throws {
        for text in CacheRecordTests.broken {
            tree.write(".docker_test_cache.json", text)
            try file().write(CacheRecordTests.record)
            #expect(file().read() == .record(CacheRecordTests.record))
        }
        #expect(try names() == [".docker_test_cache.json"])
    }

    @Test func aLinkIsReplacedAndItsTargetLeftAlone() throws {
        tree.write("target", "mine")
        tree.link(".docker_test_cache.json", to: "target")
        try file().write(CacheRecordTests.record)
        #expect(file().read() == .record(CacheRecordTests.record))
        #expect(content("target") == Array("mine".utf8))
    }

    @Test func aPersonsFileIsNotOverwritten() throws {
        tree.write("package.json", #"{"name":"app"}"#)
        let before = tree.status("package.json")
        let error = #expect(throws: StokerError.self) {
            try file("package.json").write(CacheRecordTests.record)
        }
        #expect(error?.code == .cannotWrite)
        #expect(error?.message.contains("is not a record of Stoker's") == true)
        #expect(tree.status("package.json") == before)
        #expect(try names() == ["package.json"])
    }

    @Test func aNameOfThePersonsChoiceServesWhenItsFileIsARecord() throws {
        for text in [nil, ""] {
            if let text { tree.write("app.json", text) }
            try file("app.json").write(CacheRecordTests.record)
            #expect(file("app.json").read() == .record(CacheRecordTests.record))
            unlink(tree.path("app.json").string)
        }
    }

    @Test func aFolderInItsPlaceIsSaidSo() throws {
        tree.folder(".docker_test_cache.json")
        let error = #expect(throws: StokerError.self) { try file().write(CacheRecordTests.record) }
        #expect(error?.code == .cannotWrite)
        #expect(error?.nextStep == "remove it")
        #expect(try names() == [".docker_test_cache.json"])
    }

    @Test func aMissingFolderIsSaidSo() throws {
        let error = #expect(throws: StokerError.self) { try file("no/record").write(CacheRecordTests.record) }
        #expect(error?.code == .cannotWrite)
    }

    @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
    func aReadOnlyFolderLeavesTheOldRecordWhole() throws {
        tree.folder("ro")
        try file("ro/.docker_test_cache.json").write(CacheRecordTests.record)
        try #require(chmod(tree.path("ro").string, 0o555) == 0)
        var other = CacheRecordTests.record
        other.buildHash = "other"
        let error = #expect(throws: StokerError.self) { try file("ro/.docker_test_cache.json").write(other) }
        #expect(error?.code == .cannotWrite)
        #expect(file("ro/.docker_test_cache.json").read() == .record(CacheRecordTests.record))
        #expect(try names(tree.path("ro")) == [".docker_test_cache.json"])
        chmod(tree.path("ro").string, 0o755)
    }

    /// A file system of one page, which is full.
    @Test(.enabled(if: geteuid() == 0, "only root may mount"))
    func aFullDiskLeavesTheOldRecordWhole() throws {
        tree.folder("small")
        let folder = tree.path("small")
        try #require(
            mount("tmpfs", folder.string, "tmpfs", 0, "size=8k") == 0, "no file system may be mounted here")
        defer { umount2(folder.string, 2) }
        let record = file("small/.docker_test_cache.json")
        try record.write(CacheRecordTests.record)
        tree.write("small/rest", String(repeating: "x", count: 4096))
        var other = CacheRecordTests.record
        other.buildHash = "other"
        let error = #expect(throws: StokerError.self) { try record.write(other) }
        #expect(error?.code == .cannotWrite)
        #expect(error?.cause == Errno.noSpace.description)
        #expect(error?.nextStep?.contains("space") == true)
        #expect(record.read() == .record(CacheRecordTests.record))
        #expect(try names(folder) == [".docker_test_cache.json", "rest"])
        // The lock does without its story rather than not at all.
        let lock = try #require(
            try BuildLock.tryAcquire(folder.appending("lock"), holder: LockScene.holder()))
        #expect(try BuildLock.tryAcquire(folder.appending("lock"), holder: LockScene.holder()) == nil)
        lock.release()
    }

    @Test func whatAKillLeftIsReplacedByTheNextWrite() throws {
        tree.write(".stoker-tmp-.docker_test_cache.json", "half a rec", mode: 0o400)
        try file().write(CacheRecordTests.record)
        #expect(try names() == [".docker_test_cache.json"])
    }

    @Test func aReaderMeetsEitherTheOldOrTheNew() async throws {
        try file().write(CacheRecordTests.record)
        let file = file()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var record = CacheRecordTests.record
                for round in 0..<100 {
                    record.buildTime = Double(round)
                    record.stoker?.reason = String(repeating: "why ", count: round * 50)
                    try file.write(record)
                }
            }
            group.addTask {
                for _ in 0..<500 where file.read().record == nil { Issue.record("half a record") }
            }
            try await group.waitForAll()
        }
    }
}
