import Dispatch
import Glibc
import StokerCore
import SystemPackage
import TestSupport
import Testing

@testable import StokerAgent

extension WatchingTests {
    @Test(arguments: InotifyBinding.allCases)
    func `folders and files that other processes make at once are all told`(_ binding: InotifyBinding)
        async throws
    {
        let tree = TemporaryTree()
        let watcher = try await Self.watcher(binding)
        let watch = await watcher.watch(root: tree.path)
        async let makers: Void = Self.shell(
            """
            make() { for n in 1 2 3 4 5 6 7 8 9 10; do
                mkdir -p $1/$n/a/b/c/d/e && : >$1/$n/a/b/c/d/e/file && mkdir -p same/$n/x/$1 && : >same/$n/x/$1/file
            done; }
            make one & make two & make three & wait
            """, in: tree)
        var seen = TreeChange()
        // Questions all the while, so that folders are met half made.
        for _ in 0..<200 {
            seen.merge(try await watcher.fencedChange(watch.id))
            if tree.isDirectory("three/10/a/b/c/d/e") { break }
        }
        try await makers
        seen.merge(try await watcher.fencedChange(watch.id))
        for number in 1...10 {
            for maker in ["one", "two", "three"] {
                for file in ["\(maker)/\(number)/a/b/c/d/e/file", "same/\(number)/x/\(maker)/file"] {
                    #expect(seen.everything || seen.paths.contains(BytePath(file)), "\(file)")
                }
            }
        }
        try await Self.proveWatched(tree, watcher, watch)
    }

    @Test(arguments: InotifyBinding.allCases)
    func `folders made below one that is being renamed are found`(_ binding: InotifyBinding) async throws {
        let tree = TemporaryTree()
        tree.makeDirectories("p/kept/deep")
        tree.makeDirectory("out")
        let watcher = try await Self.watcher(binding)
        let watch = await watcher.watch(root: tree.path)
        async let makers: Void = Self.shell(
            """
            move() { for n in $(seq 60); do mv -T p q; mv -T q out/r; mv -T out/r p; done; }
            make() { for n in $(seq 60); do
                mkdir p/$1$n p/$1$n/x 2>/dev/null; mkdir -p q/kept/$1$n 2>/dev/null; : 2>/dev/null >out/r/kept/$1$n
            done; }
            move & make one & make two & wait
            """, in: tree)
        for _ in 0..<100 { try await watcher.fence() }
        try await makers
        try await Self.proveWatched(tree, watcher, watch)
    }
}

extension WatchingTests {
    /// After a fence the watch knows each directory that is on the disk and no other, each has a watch, and a
    /// file written in any of them is told.
    static func proveWatched(
        _ tree: TemporaryTree, _ watcher: Watcher, _ watch: Watch,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        _ = try await watcher.fencedChange(watch.id)
        let disk = tree.directories()
        #expect(await watcher.directories(watch.id) == disk, sourceLocation: sourceLocation)
        #expect(await watcher.watchCount == disk.count, sourceLocation: sourceLocation)
        let report = try await watcher.report(watch.id)
        #expect(report.root == .watched && report.pending == 0, sourceLocation: sourceLocation)
        #expect(report.unwatched == 0 && report.unreadable == 0, sourceLocation: sourceLocation)
        let probes = Set(disk.map { $0.appending(name: "probe".utf8) })
        for probe in probes { tree.write(probe) }
        let change = try await watcher.fencedChange(watch.id)
        // More than that may be told: another test's child holds a file open until it runs its program.
        let missed = change.everything ? [] : probes.subtracting(change.paths)
        #expect(missed.isEmpty, sourceLocation: sourceLocation)
        for probe in probes { tree.removeFile(probe) }
        _ = try await watcher.fencedChange(watch.id)
    }

    /// Runs a script in the tree, in a process of its own.
    static func shell(_ script: String, in tree: TemporaryTree) async throws {
        let words = ["sh", "-c", "cd '\(tree.path.string)' && {\n\(script)\n}"]
        let command = try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try Command(words) }) }
        }
        #expect(command.status == 0, "\(command.errors)")
    }
}
