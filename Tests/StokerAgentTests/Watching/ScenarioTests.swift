import Glibc
import StokerCore
import SystemPackage
import Testing

@testable import StokerAgent

extension WatchingTests {
    /// What was done to a tree with `a/file` in it, and what has to be told of it at least.
    struct Scenario: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var told: Set<BytePath>
        var deed: @Sendable (TemporaryTree) -> Void

        init(_ name: String, told: Set<BytePath>, _ deed: @escaping @Sendable (TemporaryTree) -> Void) {
            testDescription = name
            self.told = told
            self.deed = deed
        }
    }

    static let swaps: [Scenario] = [
        Scenario("a file is renamed over another", told: ["a/file", "new"]) {
            $0.write("new")
            $0.rename("new", "a/file")
        },
        Scenario("a file leaves and comes back", told: ["a/file"]) {
            let outside = TemporaryTree()
            $0.rename("a/file", to: outside.file("file"))
            outside.rename("file", to: $0.file("a/file"))
        },
        Scenario("a directory becomes a file and one again", told: ["a", "a/deep"]) {
            $0.removeAll("a")
            $0.write("a")
            $0.removeFile("a")
            $0.makeDirectories("a/deep")
        },
        Scenario("a file and a directory change places", told: ["a", "plain"]) { $0.exchange("a", "plain") },
        Scenario("two files change places", told: ["a/file", "plain"]) { $0.exchange("a/file", "plain") },
        Scenario("a directory is renamed over an empty one", told: ["a", "empty", "empty/file"]) {
            $0.rename("a", "empty")
        },
        Scenario("a name changes its case alone", told: ["a", "A", "A/file"]) { $0.rename("a", "A") },
        Scenario("there and back", told: ["a"]) {
            $0.rename("a", "b")
            $0.rename("b", "a")
        },
        Scenario("the child takes its parent's place", told: ["p", "x"]) {
            $0.makeDirectories("p/c/inner")
            $0.rename("p/c", "x")
            $0.removeDirectory("p")
            $0.rename("x", "p")
        },
    ]

    @Test(arguments: InotifyBinding.allCases, swaps)
    func `after it changed hands everything is known`(_ binding: InotifyBinding, _ swap: Scenario)
        async throws
    {
        let tree = TemporaryTree()
        tree.makeDirectories("a/sub")
        tree.makeDirectory("empty")
        tree.write("a/file")
        tree.write("plain")
        let watcher = try await Self.watcher(binding)
        let watch = await watcher.watch(root: tree.path)
        swap.deed(tree)
        #expect(try await watcher.fencedChange(watch.id).paths.isSuperset(of: swap.told))
        try await Self.proveWatched(tree, watcher, watch)
    }

    @Test(arguments: InotifyBinding.allCases)
    func `a name is never taken for one that begins with it`(_ binding: InotifyBinding) async throws {
        let tree = TemporaryTree()
        let names: [BytePath] = ["a", "ab", "a.b", "a-b", "a b", "a\\b"]
        for name in names { tree.makeDirectories(name.appending(name: "in".utf8)) }
        let watcher = try await Self.watcher(binding)
        let watch = await watcher.watch(root: tree.path)
        tree.removeAll("a")
        #expect(try await watcher.fencedChange(watch.id).paths == ["a", "a/in"])
        for name in names.dropFirst() {
            tree.write(name.appending(name: "in/file".utf8))
            let told = try await watcher.fencedChange(watch.id).paths
            #expect(told == [name.appending(name: "in/file".utf8)])
        }
        tree.rename("ab", "a")
        tree.rename("a.b", "ab")
        try await Self.proveWatched(tree, watcher, watch)
    }

    @Test(arguments: InotifyBinding.allCases)
    func `names that look alike are different ones`(_ binding: InotifyBinding) async throws {
        let tree = TemporaryTree()
        let names: [[UInt8]] = [
            Array("caf\u{E9}".utf8), Array("cafe\u{301}".utf8), [0x63, 0x61, 0x66, 0xE9], [0xC3],
            [0xFF, 0xFE],
            Array("two\nlines".utf8), Array("tab\t".utf8), Array("Case".utf8), Array("case".utf8),
            [0x01, 0x7F],
            Array(" ".utf8), Array("...".utf8), Array(repeating: 0xE9, count: 255),
        ]
        for name in names.prefix(6) { tree.makeDirectory(BytePath(bytes: name)) }
        let watcher = try await Self.watcher(binding)
        let watch = await watcher.watch(root: tree.path)
        for name in names.dropFirst(6) { tree.makeDirectory(BytePath(bytes: name)) }
        for name in names {
            let file = BytePath(bytes: name).appending(name: name)
            _ = try await watcher.fencedChange(watch.id)
            tree.write(file)
            #expect(try await watcher.fencedChange(watch.id).paths == [file])
        }
        try await Self.proveWatched(tree, watcher, watch)
    }

    @Test(arguments: InotifyBinding.allCases)
    func `links that lead nowhere or in circles are files`(_ binding: InotifyBinding) async throws {
        let tree = TemporaryTree()
        tree.makeDirectories("a/b")
        tree.link("dangling", to: "nowhere/at/all")
        tree.link("a/up", to: "..")
        tree.link("self", to: "self")
        let watcher = try await Self.watcher(binding)
        let watch = await watcher.watch(root: tree.path)
        #expect(await watcher.directories(watch.id) == ["", "a", "a/b"])
        tree.link("ping", to: "pong")
        tree.link("pong", to: "ping")
        tree.link("a/b/root", to: tree.path.string)
        tree.makeDirectories("nowhere/at/all")
        tree.removeFile("self")
        tree.makeDirectory("self")
        let told = try await watcher.fencedChange(watch.id).paths
        #expect(told.isSuperset(of: ["ping", "pong", "a/b/root", "nowhere", "nowhere/at/all", "self"]))
        tree.removeFile("a/up")
        tree.rename("a/b", "a/up")
        tree.link("a/b", to: "up")
        try await Self.proveWatched(tree, watcher, watch)
    }

    @Test(arguments: InotifyBinding.allCases)
    func `what was removed while it was open is gone`(_ binding: InotifyBinding) async throws {
        let tree = TemporaryTree()
        tree.makeDirectories("a/b")
        tree.write("a/b/file")
        let watcher = try await Self.watcher(binding)
        let watch = await watcher.watch(root: tree.path)
        let file = Glibc.open(tree.file("a/b/file").string, O_WRONLY | O_CLOEXEC)
        let directory = Glibc.open(tree.file("a/b").string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        tree.removeFile("a/b/file")
        #expect(try await watcher.fencedChange(watch.id).paths == ["a/b/file"])
        #expect(write(file, "x", 1) == 1)
        close(file)
        #expect(try await watcher.fencedChange(watch.id).isEmpty, "nobody can read it any more")
        tree.removeDirectory("a/b")
        tree.makeDirectory("a/b")
        #expect(try await watcher.fencedChange(watch.id).paths.contains("a/b"))
        close(directory)
        try await Self.proveWatched(tree, watcher, watch)
    }
}
