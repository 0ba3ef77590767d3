import Dispatch
import Glibc
import StokerCore
import Synchronization
import SystemPackage
import Testing

@testable import StokerAgent

extension WatchingTests {
    @Test(arguments: InotifyBinding.allCases)
    func `after an overflow everything has changed and all is found`(_ binding: InotifyBinding) async throws {
        let tree = TemporaryTree()
        tree.makeDirectories("a/b")
        tree.makeDirectories("c")
        tree.write("one")
        tree.write("two")
        let watcher = try await Self.watcher(binding)
        let watch = await watcher.watch(root: tree.path)
        // The owner is kept from reading meanwhile.
        let (held, release) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        watcher.executor.queue.async {
            held.signal()
            release.wait()
        }
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                held.wait()
                for number in 0..<10_000 {
                    tree.setMode("one", number % 2 == 0 ? 0o600 : 0o644)
                    tree.setMode("two", number % 2 == 0 ? 0o600 : 0o644)
                }
                // All of this is lost.
                tree.makeDirectories("new/deep")
                tree.rename("a/b", "c/b")
                tree.removeDirectory("a")
                tree.makeDirectory("a")
                release.signal()
                continuation.resume()
            }
        }
        #expect(try await watcher.fencedChange(watch.id).everything)
        #expect(try await watcher.report(watch.id).overflows > 0)
        #expect(await watcher.directories(watch.id) == tree.directories())
        #expect(try await watcher.report(watch.id).isComplete)
        tree.write("a/file")
        tree.write("new/deep/file")
        #expect(try await watcher.fencedChange(watch.id).paths == ["a/file", "new/deep/file"])
        #expect(await watcher.watchCount == 6)
    }

    @Test func `out of watches, the rest is counted and watched as soon as it can be`() async throws {
        let tree = TemporaryTree()
        for number in 0..<20 { tree.makeDirectories(BytePath("\(number)/a/b")) }
        let limit = LimitedInotify.Limit(30)
        let watcher = try Watcher(source: LimitedInotify(limit))
        let watch = await watcher.watch(root: tree.path)
        var report = try await watcher.report(watch.id)
        #expect(report.watched == 30 && report.unwatched == 31 && !report.isComplete)
        #expect(await watcher.directories(watch.id) == tree.directories())
        let watched = Int(tree.directories().count)
        #expect(watched == 61)
        limit.watches.withLock { $0 = 100 }
        let change = try await watcher.fencedChange(watch.id)
        #expect(!change.isEmpty)
        report = try await watcher.report(watch.id)
        #expect(report.watched == 61 && report.unwatched == 0 && report.isComplete)
        for number in 0..<20 { tree.write(BytePath("\(number)/a/b/file")) }
        #expect(try await watcher.fencedChange(watch.id).paths.count == 20)
    }

    @Test func `a directory that gets its watch late has changed, though nothing in it tells`() async throws {
        let tree = TemporaryTree()
        tree.makeDirectory("d")
        tree.write("d/file")
        let limit = LimitedInotify.Limit(1)
        let watcher = try Watcher(source: LimitedInotify(limit))
        let watch = await watcher.watch(root: tree.path)
        #expect(try await watcher.report(watch.id).unwatched == 1)
        _ = try await watcher.fencedChange(watch.id)
        tree.removeFile("d/file")
        #expect(try await watcher.fencedChange(watch.id).isEmpty)
        limit.watches.withLock { $0 = 10 }
        #expect(try await watcher.fencedChange(watch.id).paths.contains("d"))
    }

    @Test func `without any watch all directories are counted, however deep`() async throws {
        let tree = TemporaryTree()
        for name in ["a", "b"] { tree.makeDirectories(BytePath(String(repeating: "\(name)/", count: 70))) }
        let limit = LimitedInotify.Limit(0)
        let watcher = try Watcher(source: LimitedInotify(limit))
        let watch = await watcher.watch(root: tree.path)
        #expect(try await watcher.report(watch.id).unwatched == 141)
        #expect(try await watcher.report(watch.id).watched == 0)
        limit.watches.withLock { $0 = 200 }
        try await watcher.fence()
        #expect(try await watcher.report(watch.id).watched == 141)
        #expect(try await watcher.report(watch.id).isComplete)
    }

    @Test func `a full house keeps moved directories and counts new ones`() async throws {
        let tree = TemporaryTree()
        tree.makeDirectories("a/b")
        tree.makeDirectories("c")
        let limit = LimitedInotify.Limit(4)
        let watcher = try Watcher(source: LimitedInotify(limit))
        let watch = await watcher.watch(root: tree.path)
        #expect(try await watcher.report(watch.id).isComplete)
        tree.rename("a/b", "c/b")
        // In one step, or the first look may come between the two.
        let outside = TemporaryTree()
        outside.makeDirectories("d/e")
        outside.rename("d", to: tree.file("d"))
        _ = try await watcher.fencedChange(watch.id)
        var report = try await watcher.report(watch.id)
        #expect(report.watched == 4 && report.unwatched == 2)
        tree.rename("d", "a/d")
        tree.write("c/b/file")
        #expect(try await watcher.fencedChange(watch.id).paths.isSuperset(of: ["d", "a/d", "c/b/file"]))
        #expect(await watcher.directories(watch.id) == tree.directories())
        tree.removeDirectory("a/d/e")
        tree.removeDirectory("a/d")
        _ = try await watcher.fencedChange(watch.id)
        report = try await watcher.report(watch.id)
        #expect(report.watched == 4 && report.unwatched == 0 && report.isComplete)
    }

    @Test func `a directory that is refused is remembered and tried again`() async throws {
        let tree = TemporaryTree()
        tree.makeDirectories("open/a")
        tree.makeDirectories("closed/b")
        let limit = LimitedInotify.Limit(100)
        try limit.refuse(tree.file("closed"))
        let watcher = try Watcher(source: LimitedInotify(limit))
        let watch = await watcher.watch(root: tree.path)
        #expect(await watcher.directories(watch.id) == ["", "open", "open/a", "closed"])
        #expect(try await watcher.report(watch.id).unreadable == 1)
        limit.refused.withLock { $0 = [] }
        #expect(try await watcher.fencedChange(watch.id).paths.contains("closed/b"))
        #expect(await watcher.directories(watch.id) == tree.directories())
        #expect(try await watcher.report(watch.id).isComplete)
    }

    @Test func `a tree deeper than any path is known`() async throws {
        let tree = TemporaryTree()
        let name = String(repeating: "d", count: 200)
        var handle = try DirectoryHandle(path: tree.path)
        var deepest = BytePath.root
        for _ in 0..<60 {
            #expect(mkdirat(handle.descriptor.rawValue, name, 0o755) == 0)
            handle = try DirectoryHandle(Array(name.utf8), in: handle.descriptor)
            deepest = deepest.appending(name: name.utf8)
        }
        let watcher = try await Self.watcher(.kernel)
        let watch = await watcher.watch(root: tree.path)
        #expect(try await watcher.report(watch.id).watched == 61)
        #expect(mkdirat(handle.descriptor.rawValue, "last", 0o755) == 0)
        #expect(try await watcher.fencedChange(watch.id).paths == [deepest.appending(name: "last".utf8)])
        #expect(try await watcher.report(watch.id).watched == 62)
        system("rm -rf '\(tree.path.string)'/d*")
    }
}
