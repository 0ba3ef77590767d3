import Glibc
import StokerCore
import SystemPackage
import Testing

@testable import StokerAgent

extension WatchingTests {
    @Test(arguments: InotifyBinding.allCases)
    func `directories made while they are walked are all found`(_ binding: InotifyBinding) async throws {
        let tree = TemporaryTree()
        let watcher = try await Self.watcher(binding)
        let watch = await watcher.watch(root: tree.path)
        for round in 0..<30 {
            async let maker: Void = Task.detached {
                for number in 0..<10 {
                    let path = BytePath("\(round)/\(number)/c/d")
                    tree.makeDirectories(path)
                    tree.write(path.appending(name: "file".utf8))
                }
            }.value
            await watcher.reconcileAll()
            await maker
            let change = try await watcher.fencedChange(watch.id)
            #expect(await watcher.directories(watch.id) == tree.directories())
            // Each of them was either told or happened before its directory was told.
            let seen = change.paths
            for number in 0..<10 where !change.everything && round > 0 {
                let file = BytePath("\(round)/\(number)/c/d/file")
                #expect(seen.contains(file) || seen.contains { file.isInside($0) })
            }
            tree.removeAll(BytePath("\(round)"))
        }
    }

    @Test(arguments: InotifyBinding.allCases)
    func `a moved directory is known at its new place`(_ binding: InotifyBinding) async throws {
        let tree = TemporaryTree()
        tree.makeDirectories("a/b/c")
        tree.makeDirectories("x/y")
        tree.write("a/b/c/file")
        let watcher = try await Self.watcher(binding)
        let watch = await watcher.watch(root: tree.path)
        let before = await watcher.watchCount
        tree.rename("a/b", "x/y/z")
        var change = try await watcher.fencedChange(watch.id)
        #expect(change.paths.isSuperset(of: ["a/b", "x/y/z", "x/y/z/c", "x/y/z/c/file"]))
        #expect(await watcher.watchCount == before)
        tree.write("x/y/z/c/file")
        change = try await watcher.fencedChange(watch.id)
        #expect(change.paths == ["x/y/z/c/file"])
        // Turned inside out: the child becomes the parent.
        tree.rename("x/y", "t")
        tree.rename("x", "t/x")
        #expect(try await watcher.fencedChange(watch.id).paths.contains("t/z/c/file"))
        #expect(await watcher.directories(watch.id) == tree.directories())
        #expect(await watcher.watchCount == before)
    }

    @Test(arguments: InotifyBinding.allCases)
    func `a directory that leaves the tree is not watched any more`(_ binding: InotifyBinding) async throws {
        let tree = TemporaryTree()
        let outside = TemporaryTree()
        tree.makeDirectories("a/b/c")
        let watcher = try await Self.watcher(binding)
        let watch = await watcher.watch(root: tree.path)
        tree.rename("a/b", to: outside.file("b"))
        #expect(try await watcher.fencedChange(watch.id).paths == ["a/b"])
        #expect(await watcher.watchCount == 2)
        outside.write("b/c/file")
        #expect(try await watcher.fencedChange(watch.id).isEmpty)
        outside.rename("b", to: tree.file("d"))
        #expect(try await watcher.fencedChange(watch.id).paths == ["d", "d/c", "d/c/file"])
        #expect(await watcher.directories(watch.id) == tree.directories())
    }

    @Test(arguments: InotifyBinding.allCases)
    func `exchanged directories are told apart`(_ binding: InotifyBinding) async throws {
        let tree = TemporaryTree()
        tree.makeDirectories("a/one")
        tree.makeDirectories("p/q/two")
        tree.write("a/one/file")
        tree.write("plain")
        let watcher = try await Self.watcher(binding)
        let watch = await watcher.watch(root: tree.path)
        tree.exchange("a", "p/q")
        let change = try await watcher.fencedChange(watch.id)
        #expect(change.paths.isSuperset(of: ["a", "p/q", "p/q/one", "p/q/one/file", "a/two"]))
        #expect(await watcher.directories(watch.id) == tree.directories())
        tree.write("p/q/one/file")
        #expect(try await watcher.fencedChange(watch.id).paths == ["p/q/one/file"])
        tree.exchange("a", "plain")
        #expect(try await watcher.fencedChange(watch.id).paths.isSuperset(of: ["a", "plain", "plain/two"]))
        #expect(await watcher.directories(watch.id) == tree.directories())
    }

    @Test(arguments: InotifyBinding.allCases)
    func `a directory that is removed and made again is a new one`(_ binding: InotifyBinding) async throws {
        let tree = TemporaryTree()
        tree.makeDirectories("a/b")
        let watcher = try await Self.watcher(binding)
        let watch = await watcher.watch(root: tree.path)
        for _ in 0..<100 {
            // The same name, and as a rule the same inode.
            tree.removeDirectory("a/b")
            tree.makeDirectory("a/b")
            tree.write("a/b/file")
            #expect(try await watcher.fencedChange(watch.id).paths.isSuperset(of: ["a/b", "a/b/file"]))
            tree.write("a/b/file")
            #expect(try await watcher.fencedChange(watch.id).paths == ["a/b/file"])
            tree.removeFile("a/b/file")
            #expect(try await watcher.fencedChange(watch.id).paths == ["a/b/file"])
        }
        tree.removeDirectory("a/b")
        tree.write("a/b")
        #expect(try await watcher.fencedChange(watch.id).paths == ["a/b"])
        #expect(await watcher.directories(watch.id) == ["", "a"])
        tree.removeFile("a/b")
        tree.makeDirectories("a/b/c")
        #expect(try await watcher.fencedChange(watch.id).paths == ["a/b", "a/b/c"])
        #expect(await watcher.directories(watch.id) == ["", "a", "a/b", "a/b/c"])
        #expect(await watcher.watchCount == 4)
    }

    @Test(arguments: InotifyBinding.allCases)
    func `links are not followed and names are bytes`(_ binding: InotifyBinding) async throws {
        let tree = TemporaryTree()
        let outside = TemporaryTree()
        outside.makeDirectories("deep/er")
        tree.link("link", to: outside.path.string)
        tree.makeDirectories("a")
        tree.makeDirectories("ab/c")
        let odd = BytePath(bytes: [0xFF, 0x0A, 0x80])
        tree.makeDirectory(odd)
        let watcher = try await Self.watcher(binding)
        let watch = await watcher.watch(root: tree.path)
        #expect(await watcher.directories(watch.id) == ["", "a", "ab", "ab/c", odd])
        tree.write(odd.appending(name: [0xFE]))
        outside.write("deep/file")
        #expect(try await watcher.fencedChange(watch.id).paths == [odd.appending(name: [0xFE])])
        tree.removeDirectory("a")
        #expect(try await watcher.fencedChange(watch.id).paths == ["a"])
        tree.write("ab/c/file")
        #expect(try await watcher.fencedChange(watch.id).paths == ["ab/c/file"])
        // A directory becomes a link to itself.
        tree.rename("ab", "moved")
        tree.link("ab", to: "moved")
        #expect(
            try await watcher.fencedChange(watch.id).paths.isSuperset(of: ["ab", "moved", "moved/c/file"]))
        #expect(await watcher.directories(watch.id) == ["", "moved", "moved/c", odd])
    }

    @Test(arguments: InotifyBinding.allCases)
    func `what cannot hold an input is not watched, wherever it goes`(_ binding: InotifyBinding) async throws
    {
        let tree = TemporaryTree()
        tree.makeDirectories("src/a")
        tree.makeDirectories("ignored/b")
        let watcher = try await Self.watcher(binding)
        let watch = await watcher.watch(root: tree.path) { $0.name != Array("ignored".utf8)[...] }
        #expect(await watcher.watchCount == 3)
        tree.write("ignored/b/file")
        #expect(try await watcher.fencedChange(watch.id).isEmpty)
        tree.rename("ignored", "src/seen")
        #expect(try await watcher.fencedChange(watch.id).paths.contains("src/seen/b/file"))
        tree.rename("src/seen", "src/ignored")
        _ = try await watcher.fencedChange(watch.id)
        #expect(await watcher.directories(watch.id) == ["", "src", "src/a"])
        #expect(await watcher.watchCount == 3)
    }
}
