import StokerCore
import SystemPackage
import Testing

@testable import StokerAgent

extension WatchingTests {
    @Test(arguments: InotifyBinding.allCases)
    func `a root that goes and comes back starts over`(_ binding: InotifyBinding) async throws {
        let tree = TemporaryTree()
        let root = tree.file("up/project")
        tree.makeDirectories("up/project/src")
        let watcher = try await Self.watcher(binding)
        let watch = await watcher.watch(root: root)
        for _ in 0..<20 {
            tree.removeAll("up/project")
            var change = try await watcher.fencedChange(watch.id)
            #expect(change.rootGone && change.everything)
            #expect(try await watcher.report(watch.id).root == .gone(.noSuchFileOrDirectory))
            #expect(await watcher.watchCount == 1)
            tree.makeDirectories("up/project/src/deep")
            change = try await watcher.fencedChange(watch.id)
            #expect(!change.rootGone && change.everything)
            #expect(await watcher.directories(watch.id) == ["", "src", "src/deep"])
            #expect(await watcher.watchCount == 3)
            tree.write("up/project/src/deep/file")
            #expect(try await watcher.fencedChange(watch.id).paths == ["src/deep/file"])
        }
    }

    @Test(arguments: InotifyBinding.allCases)
    func `the return of a root is noticed without a question`(_ binding: InotifyBinding) async throws {
        let tree = TemporaryTree()
        let watcher = try await Self.watcher(binding)
        let watch = await watcher.watch(root: tree.file("a/b/project"))
        #expect(try await watcher.report(watch.id).root == .gone(.noSuchFileOrDirectory))
        var changes = watch.changes.makeAsyncIterator()
        tree.makeDirectories("a/b")
        tree.makeDirectories("a/b/project/src")
        tree.write("a/b/project/src/file")
        while let change = await changes.next(), change.rootGone { #expect(change.everything) }
        #expect(try await watcher.report(watch.id).root == .watched)
        tree.rename("a/b/project", "a/b/other")
        while let change = await changes.next(), !change.rootGone {}
        tree.rename("a/b/other", "a/b/project")
        while let change = await changes.next(), change.rootGone {}
        try await watcher.fence()
        #expect(await watcher.directories(watch.id) == ["", "src"])
    }

    @Test(arguments: InotifyBinding.allCases)
    func `a root that is replaced or whose parent moves is not taken for the old one`(
        _ binding: InotifyBinding
    ) async throws {
        let tree = TemporaryTree()
        tree.makeDirectories("up/project/src")
        tree.makeDirectories("other/project/lib")
        let watcher = try await Self.watcher(binding)
        let watch = await watcher.watch(root: tree.file("up/project"))
        tree.exchange("up", "other")
        #expect(try await watcher.fencedChange(watch.id).everything)
        #expect(await watcher.directories(watch.id) == ["", "lib"])
        tree.rename("up", "gone")
        #expect(try await watcher.fencedChange(watch.id).rootGone)
        tree.makeDirectories("up")
        tree.write("up/project")
        #expect(try await watcher.fencedChange(watch.id).everything == false)
        #expect(try await watcher.report(watch.id).root == .gone(.notDirectory))
        tree.exchange("up/project", "gone/project/lib")
        #expect(try await watcher.fencedChange(watch.id).everything)
        #expect(await watcher.directories(watch.id) == [""])
        // A directory of the old root takes the root's place.
        tree.makeDirectories("up/project/inner/most")
        _ = try await watcher.fencedChange(watch.id)
        tree.rename("up/project/inner", "inner")
        tree.removeDirectory("up/project")
        tree.rename("inner", "up/project")
        #expect(try await watcher.fencedChange(watch.id).everything)
        #expect(await watcher.directories(watch.id) == ["", "most"])
        tree.write("up/project/most/file")
        #expect(try await watcher.fencedChange(watch.id).paths == ["most/file"])
    }

    @Test(arguments: InotifyBinding.allCases)
    func `trees that lie in one another share watches and both hear`(_ binding: InotifyBinding) async throws {
        let tree = TemporaryTree()
        tree.makeDirectories("inner/src")
        tree.makeDirectories("else")
        let watcher = try await Self.watcher(binding)
        let outer = await watcher.watch(root: tree.path)
        let inner = await watcher.watch(root: tree.file("inner"))
        #expect(await watcher.watchCount == 4)
        tree.makeDirectories("inner/src/new")
        tree.write("inner/src/new/file")
        #expect(try await watcher.fencedChange(outer.id).paths.contains("inner/src/new/file"))
        #expect(try await watcher.fencedChange(inner.id).paths.contains("src/new/file"))
        tree.write("else/file")
        #expect(try await watcher.fencedChange(inner.id).isEmpty)
        tree.rename("inner/src", "else/src")
        #expect(try await watcher.fencedChange(outer.id).paths.contains("else/src/new/file"))
        #expect(try await watcher.fencedChange(inner.id).paths.contains("src"))
        #expect(await watcher.directories(inner.id) == [""])
        await watcher.stop(outer.id)
        #expect(await watcher.watchCount == 1)
        tree.write("inner/file")
        #expect(try await watcher.fencedChange(inner.id).paths == ["file"])
        await watcher.stop(inner.id)
        #expect(await watcher.watchCount == 0)
        await #expect(throws: StokerError.self) { try await watcher.report(inner.id) }
    }
}
