import Dispatch
import Glibc
import StokerCore
import SystemPackage
import Testing

@testable import StokerAgent

/// Set in the process that has mounts of its own.
private let mountsAreOurs = getenv("STOKER_TEST_OWN_MOUNTS") != nil

extension WatchingTests {
    /// The mounts go with the process, whatever becomes of it.
    @Test(.enabled(if: geteuid() == 0 && !mountsAreOurs))
    func `what is mounted over a directory is seen`() async throws {
        var name = [CChar](repeating: 0, count: 4_096)
        #expect(readlink("/proc/self/exe", &name, name.count - 1) > 0)
        let program = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let tree = TemporaryTree()
        try await Self.shell(
            """
            STOKER_TEST_OWN_MOUNTS=1 unshare --mount --propagation private '\(program)' \
                --testing-library swift-testing --filter 'WatchingTests.*is in a process with mounts' \
                >'\(tree.path.string)/log' 2>&1 && grep -q 'with 1 test ' '\(tree.path.string)/log' ||
                { cat '\(tree.path.string)/log'; exit 1; }
            """, in: tree)
    }

    @Test(.enabled(if: mountsAreOurs))
    func `this is in a process with mounts of its own`() async throws {
        let tree = TemporaryTree()
        let other = TemporaryTree()
        tree.makeDirectories("a/b/c")
        other.makeDirectories("mounted/deep")
        let watcher = try await Self.watcher(.kernel)
        let watch = await watcher.watch(root: tree.path)
        let point = tree.file("a/b").string
        for _ in 0..<3 {
            #expect(mount("none", point, "tmpfs", 0, nil) == 0)
            #expect(try await watcher.fencedChange(watch.id).everything)
            tree.makeDirectories("a/b/inside")
            try await Self.proveWatched(tree, watcher, watch)
            #expect(try await watcher.report(watch.id).trust == .trusted)
            #expect(umount(point) == 0)
            #expect(try await watcher.fencedChange(watch.id).everything)
            try await Self.proveWatched(tree, watcher, watch)
            #expect(await watcher.directories(watch.id).contains("a/b/c"))

            #expect(mount(other.file("mounted").string, point, nil, UInt(MS_BIND), nil) == 0)
            #expect(try await watcher.fencedChange(watch.id).everything)
            try await Self.proveWatched(tree, watcher, watch)
            // A part of a file system may be seen elsewhere, too, under another name.
            #expect(try await watcher.report(watch.id).trust != .trusted)
            #expect(umount(point) == 0)
            #expect(try await watcher.fencedChange(watch.id).everything)
            try await Self.proveWatched(tree, watcher, watch)
            #expect(try await watcher.report(watch.id).isComplete)
        }
        #expect(try await watcher.fencedChange(watch.id).isEmpty)
    }
}
