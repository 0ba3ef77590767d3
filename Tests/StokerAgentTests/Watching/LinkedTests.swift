import Glibc
import StokerCore
import Synchronization
import SystemPackage
import Testing

@testable import StokerAgent

extension WatchingTests {
    @Test(arguments: InotifyBinding.allCases)
    func `what happens through another name is heard of`(_ binding: InotifyBinding) async throws {
        let (tree, outside) = (TemporaryTree(), TemporaryTree())
        tree.makeDirectories("a/b")
        tree.write("a/b/file", String(repeating: "x", count: 8_192))
        tree.write("plain")
        outside.hardLink("other", to: tree.file("a/b/file"))
        let watcher = try await Self.watcher(binding)
        let watch = await watcher.watch(root: tree.path)
        outside.write("other")
        #expect(try await watcher.fencedChange(watch.id).isEmpty, "the watch of the directory tells it, too")
        #expect(await watcher.watchLinked(["a/b/file", "plain"], in: watch.id) == [])
        #expect(await watcher.watchCount == 5)
        let other = outside.file("other").string
        let deeds: [(String, () -> Void)] = [
            ("append", { outside.write("other") }),
            ("write in place", { outside.overwrite("other", "y") }),
            ("truncate", { #expect(truncate(other, 4_096) == 0) }),
            ("chmod", { outside.setMode("other", 0o600) }),
            ("set the time", { #expect(utimensat(AT_FDCWD, other, nil, 0) == 0) }),
            ("write through a mapping", { outside.overwriteMapped("other") }),
            ("one more name", { outside.hardLink("third", to: outside.file("other")) }),
            ("one name less", { outside.removeFile("third") }),
            ("the last name elsewhere goes", { outside.removeFile("other") }),
        ]
        var generation = try await watcher.report(watch.id).generation
        for (name, deed) in deeds {
            deed()
            #expect(try await watcher.fencedChange(watch.id).paths == ["a/b/file"], "\(name)")
            let report = try await watcher.report(watch.id)
            #expect(report.generation > generation && report.isComplete, "\(name)")
            generation = report.generation
        }
        // Its own name is the directory's matter as before.
        tree.write("a/b/file")
        tree.write("plain")
        #expect(try await watcher.fencedChange(watch.id).paths == ["a/b/file", "plain"])
        #expect(await watcher.watchLinked([], in: watch.id) == [])
        #expect(await watcher.watchCount == 3)
    }

    @Test(arguments: InotifyBinding.allCases)
    func `a name that leads to another file gets that one watched at the next call`(
        _ binding: InotifyBinding
    ) async throws {
        let (tree, outside) = (TemporaryTree(), TemporaryTree())
        for name in ["old", "new"] as [BytePath] { outside.write(name) }
        tree.hardLink("file", to: outside.file("old"))
        let watcher = try await Self.watcher(binding)
        let watch = await watcher.watch(root: tree.path)
        #expect(await watcher.watchLinked(["file"], in: watch.id) == [])
        tree.hardLink("next", to: outside.file("new"))
        tree.rename("next", "file")
        #expect(try await watcher.fencedChange(watch.id).paths == ["file", "next"])
        #expect(await watcher.watchLinked(["file"], in: watch.id) == [])
        #expect(await watcher.watchCount == 2)
        outside.write("old")
        #expect(try await watcher.fencedChange(watch.id).isEmpty)
        outside.write("new")
        #expect(try await watcher.fencedChange(watch.id).paths == ["file"])
        // The kernel ends the watch with the file.
        tree.removeFile("file")
        outside.removeFile("new")
        #expect(try await watcher.fencedChange(watch.id).paths == ["file"])
        #expect(await watcher.watchCount == 1)
        tree.write("file")
        #expect(await watcher.watchLinked(["file"], in: watch.id) == [])
        _ = try await watcher.fencedChange(watch.id)
        outside.hardLink("back", to: tree.file("file"))
        outside.write("back")
        #expect(try await watcher.fencedChange(watch.id).paths == ["file"])
    }

    @Test(arguments: InotifyBinding.allCases)
    func `names of one file share its watch, in one tree and in several`(_ binding: InotifyBinding)
        async throws
    {
        let (tree, outside) = (TemporaryTree(), TemporaryTree())
        tree.makeDirectories("inner/deep")
        outside.write("source")
        for name in ["one", "inner/two", "inner/deep/three"] as [BytePath] {
            tree.hardLink(name, to: outside.file("source"))
        }
        let watcher = try await Self.watcher(binding)
        let outer = await watcher.watch(root: tree.path)
        let inner = await watcher.watch(root: tree.file("inner"))
        #expect(await watcher.watchLinked(["one", "inner/two"], in: outer.id) == [])
        #expect(await watcher.watchLinked(["two", "deep/three"], in: inner.id) == [])
        #expect(await watcher.watchCount == 4)
        outside.write("source")
        #expect(try await watcher.fencedChange(outer.id).paths == ["one", "inner/two"])
        #expect(try await watcher.fencedChange(inner.id).paths == ["two", "deep/three"])
        #expect(await watcher.watchLinked(["one"], in: outer.id) == [])
        await watcher.stop(inner.id)
        #expect(await watcher.watchCount == 4)
        outside.write("source")
        #expect(try await watcher.fencedChange(outer.id).paths == ["one"])
        // The directories' own watches are as they were.
        tree.write("inner/deep/new")
        #expect(try await watcher.fencedChange(outer.id).paths == ["inner/deep/new"])
        await watcher.stop(outer.id)
        #expect(await watcher.watchCount == 0)
        #expect(await watcher.watchLinked(["one"], in: outer.id) == ["one"])
    }

    @Test func `what cannot be watched is told, and watched when it can be`() async throws {
        let (tree, outside) = (TemporaryTree(), TemporaryTree())
        tree.makeDirectories("folder")
        tree.write("folder/a")
        tree.write("folder/b")
        tree.link("link", to: "folder/a")
        #expect(mkfifo(tree.file("pipe").string, 0o600) == 0)
        let limit = LimitedInotify.Limit(3)
        let watcher = try Watcher(source: LimitedInotify(limit))
        let watch = await watcher.watch(root: tree.path)
        let never: Set<BytePath> = ["", "folder", "link", "pipe", "absent", "absent/file", "folder/a/b"]
        var refused = await watcher.watchLinked(never.union(["folder/a", "folder/b"]), in: watch.id)
        #expect(refused.isSuperset(of: never) && refused.count == never.count + 1)
        limit.watches.withLock { $0 = 4 }
        refused = await watcher.watchLinked(never.union(["folder/a", "folder/b"]), in: watch.id)
        #expect(refused == never)
        outside.hardLink("a", to: tree.file("folder/a"))
        _ = try await watcher.fencedChange(watch.id)
        outside.write("a")
        #expect(try await watcher.fencedChange(watch.id).paths == ["folder/a"])
        // A full house refuses new ones and keeps those that it has.
        tree.write("folder/c")
        refused = await watcher.watchLinked(["folder/a", "folder/b", "folder/c"], in: watch.id)
        #expect(refused == ["folder/c"])
        #expect(try await watcher.report(watch.id).isComplete)
    }

    @Test func `of two calls at a time the later one holds`() async throws {
        let tree = TemporaryTree()
        var all: Set<BytePath> = []
        for number in 0..<3_000 {
            let path = BytePath("\(number)")
            tree.write(path)
            all.insert(path)
        }
        let watcher = try await Self.watcher(.kernel)
        let watch = await watcher.watch(root: tree.path)
        let files = all
        async let first = watcher.watchLinked(files, in: watch.id)
        async let second = watcher.watchLinked(["1", "2"], in: watch.id)
        let answers = await (first, second)
        // Either the second came when the first was done, or it cut it short; or the first came last.
        #expect(answers.0.isEmpty || answers.0 == files)
        #expect(answers.1.isEmpty)
        #expect([3, 3_001].contains(await watcher.watchCount))
    }
}
