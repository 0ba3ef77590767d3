import Foundation
import Glibc
@testable import StokerCore
import SystemPackage
import Testing

@Suite struct StatIndexTests {
    let tree = ScratchTree()
    static let second: Int64 = 1_000_000_000
    static let base = 1_700_000_000 * second

    func status(modified: Int64, changed: Int64) -> FileStatus {
        var raw = stat()
        raw.st_mode = S_IFREG | 0o644
        var status = FileStatus(raw)
        status.modified = modified
        status.changed = changed
        return status
    }

    @Test(arguments: [
        // modified, changed, reading began, each after the base in ns; whether it may be kept
        (1, 1, 50_000_002, true), (1, 1, 50_000_001, false), (1, 1, 1, false),
        (1, 40_000_001, 60_000_000, false), (40_000_001, 1, 60_000_000, false),
        (60_000_000, 1, 1, false), (3600 * second + 1, 1, 60_000_000, false),
        (1, 3600 * second + 1, 60_000_000, false),
        // Whole seconds in both: the file system keeps no more.
        (0, 0, 1_000_000_000, false), (0, 0, 2_000_000_000, false), (0, 0, 2_000_000_001, true),
        (0, 1, 60_000_000, true), (-second, -second, 1_000_000_001, true),
    ])
    func onlySettledFilesAreRemembered(_ modified: Int64, _ changed: Int64, _ started: Int64, _ isKept: Bool)
    {
        let status = status(modified: Self.base + modified, changed: Self.base + changed)
        #expect(StatIndex.isSettled(status, started: Self.base + started) == isKept)
    }

    @Test func timesBeyondNanosecondsDoNotTrap() {
        var raw = stat()
        raw.st_mtim = timespec(tv_sec: Int.max, tv_nsec: 0)
        raw.st_ctim = timespec(tv_sec: Int.min, tv_nsec: 0)
        #expect(FileStatus(raw).modified == .max)
        #expect(FileStatus(raw).changed == .min)
        #expect(!StatIndex.isSettled(FileStatus(raw), started: .max))
    }

    func sample(_ count: Int = 3) -> (index: StatIndex, entries: [ContextEntry], digests: [ContentDigest]) {
        let entries = (0..<count).map { number in
            var status = status(modified: Self.base, changed: Self.base + Int64(number))
            status.inode = UInt64(number)
            return ContextEntry(path: BytePath("f\(1000 + number)"), status: status)
        }
        // 32 bytes make a digest.
        let digests = (0..<count).map { ContentDigest(bytes: [UInt8](repeating: UInt8($0), count: 32))! }
        var index = StatIndex()
        index.replace(context: "", root: [1], entries: entries, settled: digests, capacity: count)
        return (index, entries, digests)
    }

    @Test func everyPartOfTheStatusIsCompared() {
        let (index, entries, digests) = sample()
        let status = entries[1].status
        func digest(of path: BytePath, status: FileStatus, context: String = "") -> ContentDigest? {
            let entry = ContextEntry(path: path, status: status)
            return index.digests(of: [entry], context: context, root: [1]).0[0]
        }
        #expect(digest(of: entries[1].path, status: status) == digests[1])
        #expect(digest(of: entries[1].path, status: status, context: "other") == nil)
        #expect(digest(of: BytePath("f100"), status: status) == nil)
        let changes: [(inout FileStatus) -> Void] = [
            { $0.device += 1 }, { $0.inode += 1 }, { $0.size += 1 }, { $0.modified += 1 },
            { $0.changed += 1 }, { $0.mode ^= 0o100 },
        ]
        for change in changes {
            var other = status
            change(&other)
            #expect(digest(of: entries[1].path, status: other) == nil)
        }
    }

    @Test func aWalkIsLookedUpInOnePass() {
        let (index, entries, digests) = sample(20)
        var walk = Array(entries.enumerated().filter { $0.offset % 3 != 0 }.map(\.element))
        walk.insert(ContextEntry(path: BytePath("a"), status: entries[0].status), at: 0)
        walk.append(ContextEntry(path: BytePath("z"), status: entries[0].status))
        let (found, known) = index.digests(of: walk, context: "", root: [1])
        #expect(found == [nil] + digests.enumerated().filter { $0.offset % 3 != 0 }.map(\.element) + [nil])
        #expect(known == found.count - 2)
        #expect(index.digests(of: walk, context: "", root: [2]).known == 0)
    }

    @Test func itComesBackFromDiskAsItWas() throws {
        var (index, entries, _) = sample(200)
        index.replace(context: "named", root: [2], entries: [], settled: [], capacity: 0)
        try index.save(to: tree.path("index"))
        let loaded = StatIndex.load(from: tree.path("index"))
        #expect(loaded == index)
        #expect(!loaded.isChanged)
        #expect(loaded.digests(of: [entries[7]], context: "", root: [1]).known == 1)
        #expect(tree.status("index").permissions == 0o600)
        try index.save(to: tree.path("index"))
        #expect(try tree.walk() == ["index"])
    }

    /// After a power cut a file may have its new stamps and its old bytes.
    @Test func oneOfAnotherBootIsThrownAway() {
        let index = sample().index
        #expect(StatIndex.decode(index.encoded(boot: "5b4a1c1e-0000-4000-8000-000000000000")) == nil)
        #expect(StatIndex.decode(index.encoded(boot: BootID.current)) == index)
    }

    @Test func aFileThatIsNotExactlyRightIsThrownAway() throws {
        let bytes = sample().index.encoded()
        #expect(StatIndex.decode(bytes) != nil)
        #expect(StatIndex.decode(bytes + [0]) == nil)
        for length in 0..<bytes.count { #expect(StatIndex.decode(Array(bytes[..<length])) == nil) }
        for position in bytes.indices {
            var broken = bytes
            broken[position] ^= 0x40
            #expect(StatIndex.decode(broken) == nil)
        }
        #expect(StatIndex.load(from: tree.path("missing")).count == 0)
        tree.folder("folder")
        #expect(StatIndex.load(from: tree.path("folder")).count == 0)
        try sample().index.save(to: tree.path("index"))
        tree.link("link", to: "index")
        #expect(StatIndex.load(from: tree.path("link")).count == 0)
        #expect(StatIndex.load(from: tree.path("index")).count == 3)
        #expect(mkfifo(tree.path("fifo").string, 0o600) == 0)
        #expect(StatIndex.load(from: tree.path("fifo")).count == 0)
    }

    @Test func aSaveThatFailsLeavesNothingBehind() throws {
        tree.folder("index")
        tree.write("index/x")
        #expect(throws: SystemCallError.self) { try sample().index.save(to: tree.path("index")) }
        #expect(throws: SystemCallError.self) { try sample().index.save(to: tree.path("missing/index")) }
        #expect(try tree.walk() == ["index", "index/x"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: tree.root.string) == ["index"])
    }
}
