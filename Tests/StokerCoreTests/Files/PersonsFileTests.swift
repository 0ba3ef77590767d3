import Foundation
import Glibc
@testable import StokerCore
import SystemPackage
import TestSupport
import Testing

/// Files of the person's in places where a configuration, or a file that others wrote, has Stoker expect its own.
@Suite struct PersonsFileTests {
    let scene = LockScene()
    var tree: ScratchTree { scene.tree }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: tree.root.string).sorted()
    }

    private func status(_ name: String) throws -> FileStatus {
        try #require(try FileStatus.of(tree.path(name).string), "\(name) is gone")
    }

    // MARK: Locks

    @Test func anEmptyFileThatWasThereIsLockedAndStays() throws {
        tree.folder("pkg")
        tree.write("pkg/__init__.py")
        let before = try status("pkg/__init__.py")
        for _ in 0..<2 {
            let lock = try #require(try scene.tryAcquire(tree.path("pkg/__init__.py")))
            #expect(try scene.tryAcquire(tree.path("pkg/__init__.py")) == nil)
            lock.tell(LockScene.holder(1))
            lock.release()
            let after = try status("pkg/__init__.py")
            #expect(after.inode == before.inode && after.size == 0)
        }
    }

    @Test func anEmptyFileThatWasThereStaysAlsoAfterAKill() throws {
        tree.write("mine")
        let inode = try status("mine").inode
        let lock = try #require(try scene.tryAcquire(tree.path("mine")))
        lock.tell(LockScene.holder(1))
        // What a kill leaves: the holder's word, and no lock.
        let line = try HeldFile(tree.path("mine").string, O_RDONLY).readAll(limit: 1 << 16)
        lock.release()
        try HeldFile(tree.path("mine").string, O_WRONLY | O_TRUNC).writeAll(line)
        let next = try #require(try scene.tryAcquire(tree.path("mine")))
        next.release()
        #expect(try status("mine").inode == inode && status("mine").size == 0)
    }

    @Test func whatStokerMadeGoesUnderAnyName() throws {
        let lock = try #require(try scene.tryAcquire(tree.path("app.lock")))
        lock.release()
        #expect(access(tree.path("app.lock").string, F_OK) != 0)
        // Of a holder that was killed.
        tree.write("app.lock", String(decoding: LockScene.holder().line, as: UTF8.self))
        try #require(try scene.tryAcquire(tree.path("app.lock"))).release()
        #expect(access(tree.path("app.lock").string, F_OK) != 0)
    }

    @Test(arguments: [true, false]) func unlockRemovesNoEmptyFileOfAnotherName(isForced: Bool) throws {
        tree.write("mine")
        var image = tree.image()
        (image.lock, image.lockProtocol) = (tree.path("mine"), .marker)
        let error = #expect(throws: StokerError.self) { try ImageLock.unlock(image, isForced: isForced) }
        #expect(error?.message.contains("is not a marker of Stoker's") == true)
        #expect(access(tree.path("mine").string, F_OK) == 0)
    }

    // MARK: Records

    private static let hash = String(repeating: "a", count: 64)

    @Test(arguments: [
        #"{"build_hash":"cut sho"#, #"{"build_hash": 7}"#, #"["build_hash"]"#, #"{"name": "\"build_hash\""}"#,
        " ", "x",
        #"{"build_hash":"\#(hash)","image_id":"b","build_time":1,"image_name":"c","scores":[1,2]}"#,
        #"{"build_hash":"\#(hash)","image_id":"b","build_time":1}"#,
        #"{"build_hash":"short","image_id":"b","build_time":1,"image_name":"c"}"#,
        #"{"build_hash":"\#(hash)","image_id":"b","build_time":"1","image_name":"c"}"#,
        #"{"build_hash":"\#(hash)","image_id":"b","build_time":1,"image_name":"c","stoker":"mine"}"#,
        #"{"build_hash":"\#(hash)","image_id":"b","build_time":1,"image_name":"c","stoker":{"my":"notes"}}"#,
    ]) func aFileThatMerelyResemblesARecordIsNotOverwritten(text: String) throws {
        tree.write("data.json", text)
        let before = try status("data.json")
        let error = #expect(throws: StokerError.self) {
            try CacheRecordFile(tree.path("data.json")).write(CacheRecordTests.record)
        }
        #expect(error?.code == .cannotWrite)
        #expect(error?.message.contains("data.json is not a record of Stoker's") == true)
        #expect(error?.nextStep?.contains("move it away") == true)
        #expect(try status("data.json") == before)
        #expect(try names() == ["data.json"])
    }

    @Test(arguments: [
        nil, "",
        #"{"build_hash":"\#(hash)","image_id":"0123456789ab","build_time":1.5,"image_name":"c:latest"}"#,
        "{\n  \"build_hash\": \"\(hash)\",\n  \"image_id\": \"\",\n  \"build_time\": 1,\n  \"image_name\": \"c\"\n}\n",
        #"{"build_hash":"\#(hash)","image_id":"b","build_time":1,"image_name":"c","stoker":null}"#,
        #"{"build_hash":"\#(hash)","image_id":"b","build_time":1,"image_name":"c","stoker":{"version":7,"new":[]}}"#,
    ]) func aRecordOfStokersOrOfTheHelpersIsReplacedUnderAnyName(text: String?) throws {
        if let text { tree.write("data.json", text) }
        let file = CacheRecordFile(tree.path("data.json"))
        for _ in 0..<2 {
            try file.write(CacheRecordTests.record)
            #expect(file.read() == .record(CacheRecordTests.record))
        }
    }

    @Test func aFolderLinkOrPipeInARecordsPlaceIsNotReplaced() throws {
        tree.write("target", "mine")
        tree.link("data.json", to: "target")
        mkfifo(tree.path("pipe").string, 0o600)
        for name in ["data.json", "pipe"] {
            #expect(throws: StokerError.self) {
                try CacheRecordFile(tree.path(name)).write(CacheRecordTests.record)
            }
        }
        #expect(try names() == ["data.json", "pipe", "target"])
        #expect(try FileStatus.of(tree.path("data.json").string)?.kind == .symbolicLink)
        #expect(try FileStatus.of(tree.path("pipe").string)?.kind == .fifo)
    }

    // MARK: Sockets

    @Test func aDeadLeasesSocketGoesOnlyFromWhereStokerPutsThem() throws {
        let base = "/tmp/stoker-l\(UInt32.random(in: .min ... .max))"
        defer { try? FileManager.default.removeItem(atPath: base) }
        for folder in [base, base + "/stoker", base + "/mine"] { mkdir(folder, 0o700) }
        let id = LeaseID.random()
        let own = "run-\(id.text.prefix(8)).sock"
        struct Row { var path: String; var isOpen = false; var goes = false }
        let rows = [
            Row(path: base + "/stoker/" + own, goes: true), Row(path: base + "/stoker/" + own, isOpen: true),
            Row(path: base + "/stoker/docker.sock"), Row(path: base + "/mine/" + own),
            Row(path: base + "/" + own),
            Row(path: base + "/stoker/run-00000000.sock"), Row(path: base + "/mine/../mine/agent.sock"),
        ]
        for row in rows {
            var socket: SocketFile? = SocketFile(row.path)
            if !row.isOpen { socket = nil }
            var lease = Lease(
                id: id, project: "/srv/app", commandLine: [], engine: "unix:///e.sock", socket: row.path)
            lease.owner = ProcessIdentity.current
            lease.owner?.started += 1
            let folder = FilePath(base + "/leases")
            try HeldLease(lease, in: folder).letGo()
            let book = LeaseBook(folder: folder)
            book.remove(try #require(book.entry(id)))
            #expect(book.entry(id) == nil)
            #expect((access(row.path, F_OK) != 0) == row.goes, "\(row)")
            withExtendedLifetime(socket) {}
            unlink(row.path)
        }
    }
}
