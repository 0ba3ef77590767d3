import StokerCore
import SystemPackage
import Testing

@testable import StokerAgent

extension WatchingTests {
    @Test(arguments: InotifyBinding.allCases)
    func `no write before a fence is missed`(_ binding: InotifyBinding) async throws {
        let tree = TemporaryTree()
        for number in 0..<10 { tree.makeDirectory(BytePath("\(number)")) }
        let watcher = try await Self.watcher(binding)
        let watch = await watcher.watch(root: tree.path)
        var generation = try await watcher.report(watch.id).generation
        for round in 0..<1_000 {
            let path = BytePath("\(round % 10)/\(round)")
            tree.write(path)
            let change = try await watcher.fencedChange(watch.id)
            let report = try await watcher.report(watch.id)
            // An earlier file may be told again: a process that another test forks at this moment has it open
            // too until its exec, and only then the kernel tells of the last close.
            let earlier = Set((0..<round).map { BytePath("\($0 % 10)/\($0)") })
            guard change.paths.subtracting(earlier) == [path], report.generation > generation,
                report.isComplete
            else {
                Issue.record("round \(round): \(change), \(report)")
                return
            }
            generation = report.generation
        }
    }

    @Test func `a slow reader gets one change with everything in it`() async throws {
        let tree = TemporaryTree()
        let watcher = try await Self.watcher(.kernel)
        let watch = await watcher.watch(root: tree.path)
        for number in 0..<50 {
            tree.write(BytePath("\(number)"))
            try await watcher.fence()
        }
        var changes = watch.changes.makeAsyncIterator()
        let change = try #require(await changes.next())
        #expect(change.paths.count == 50)
        #expect(try await change.generation == watcher.report(watch.id).generation)
        for number in 0...TreeChange.pathLimit { tree.write(BytePath("many\(number)")) }
        try await watcher.fence()
        let many = try #require(await changes.next())
        #expect(many.everything && many.paths.isEmpty && many.generation > change.generation)
        await watcher.stop(watch.id)
        #expect(await changes.next() == nil)
    }

    @Test func `a reader that waits ends with its task or with the watch`() async throws {
        let tree = TemporaryTree()
        let watcher = try await Self.watcher(.kernel)
        let watch = await watcher.watch(root: tree.path)
        let cancelled = Task { await watcher.nextChange(watch.id) }
        while await !watcher.isAwaited(watch.id) { await Task.yield() }
        cancelled.cancel()
        #expect(await cancelled.value == nil)
        let stopped = Task { await watcher.nextChange(watch.id) }
        while await !watcher.isAwaited(watch.id) { await Task.yield() }
        await watcher.stop(watch.id)
        #expect(await stopped.value == nil)
    }

    @Test(arguments: [
        ("ext4", "/", true), ("tmpfs", "/", true), ("9p", "/", false), ("fuse.sshfs", "/", false),
        ("ext4", "/part", false),
    ])
    func `a mount in the tree is trusted if it is local and whole`(
        _ type: String, _ part: String, _ trusted: Bool
    ) {
        let lines = """
            22 1 254:0 / / rw - ext4 /dev/a rw
            23 22 0:5 \(part) /srv/a\\040b/c rw shared:1 - \(type) source rw
            24 22 0:6 / /srv/a\\040bc rw - nfs4 source rw
            """
        let trust = FileSystemTrust.ofMounts(below: "srv/a b", mountInfo: Array(lines.utf8))
        #expect((trust == .trusted) == trusted)
        #expect(
            (FileSystemTrust.ofMount(Array("23".utf8)[...], mountInfo: Array(lines.utf8)) == .trusted)
                == (type == "ext4" || type == "tmpfs"))
        #expect(FileSystemTrust.ofMount(Array("99".utf8)[...], mountInfo: Array(lines.utf8)) != .trusted)
    }
}
