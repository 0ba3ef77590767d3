import Glibc
@testable import StokerCore
import SystemPackage
import TestSupport
import Testing

/// The invariant that everything rests on: whatever happens to the tree, a look with a warm index gives the
/// digest that a look without one gives.
@Suite struct WarmIndexTests {
    let tree = ScratchTree()
    static let names = ["a", "b", "c"]
    static let folders = ["", "x/", "y/"]

    @Test(.timeLimit(.minutes(10)), arguments: [1, 2, 3, 4] as [UInt64])
    func aWarmIndexNeverChangesTheDigest(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        tree.write("Dockerfile", "FROM scratch\nCOPY . /\n")
        for folder in ["x", "y"] { tree.folder(folder) }
        var index = StatIndex()
        var digests: Set<ContentDigest> = []
        var remembered = 0
        for round in 0..<150 {
            for _ in 0..<Int.random(in: 0...3, using: &random) { change(&random) }
            // Now and then long enough for stamps to settle, so that the index holds something to believe.
            if round % 12 == 0 { usleep(70_000) }
            remembered = max(remembered, index.count)
            let warm = try InputScanner.scan(InputPlan(image: tree.image()), index: &index)
            var empty = StatIndex()
            let cold = try InputScanner.scan(InputPlan(image: tree.image()), index: &empty)
            try #require(warm.entries == cold.entries, "round \(round) of seed \(seed)")
            try #require(warm.digest == cold.digest)
            digests.insert(warm.digest)
            if round % 20 == 0 { index = try #require(StatIndex.decode(index.encoded())) }
        }
        #expect(digests.count > 40)
        #expect(remembered > 3)
    }

    /// One of the things that fool a look at size and time alone.
    private func change(_ random: inout SeededGenerator) {
        // Neither list is empty.
        let name = Self.folders.randomElement(using: &random)! + Self.names.randomElement(using: &random)!
        let other = Self.folders.randomElement(using: &random)! + Self.names.randomElement(using: &random)!
        let path = tree.path(name).string
        switch Int.random(in: 0..<11, using: &random) {
        case 0, 1: overwrite(path, random.next())
        case 2: keepingTime(name) { overwrite(path, random.next()) }
        case 3: rename(path, tree.path(other).string)
        case 4: chmod(path, random.next() % 2 == 0 ? 0o644 : 0o755)
        case 5:
            unlink(path)
            symlink(random.next() % 2 == 0 ? "a" : "b", path)
        case 6: unlink(path)
        case 7:
            rename(tree.path("x").string, tree.path("away").string)
            rename(tree.path("y").string, tree.path("x").string)
            rename(tree.path("away").string, tree.path("y").string)
        case 8: link(path, tree.path(other).string)
        case 9: truncate(path, off_t(random.next() % 3))
        default:
            // A new file with the old one's name, size and time.
            let temporary = tree.path("temporary").string
            keepingTime(name) {
                overwrite(temporary, random.next())
                rename(temporary, path)
            }
            unlink(temporary)
        }
    }

    /// Writes the same number of bytes each time, in place where there is a file.
    private func overwrite(_ path: String, _ value: UInt64) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        if descriptor < 0 { return }
        let text = Array(String(value % 1000 + 1000).utf8)
        pwrite(descriptor, text, text.count, 0)
        close(descriptor)
    }

    private func keepingTime(_ name: String, _ body: () -> Void) {
        var before = stat()
        let path = tree.path(name).string
        let existed = lstat(path, &before) == 0
        body()
        if existed { utimensat(AT_FDCWD, path, [before.st_atim, before.st_mtim], AT_SYMLINK_NOFOLLOW) }
    }

    @Test(.timeLimit(.minutes(10))) func aRewriteRightAfterALookIsSeen() throws {
        tree.write("Dockerfile", "FROM scratch\nCOPY . /\n")
        tree.write("a", "0000")
        var index = StatIndex()
        for round in 0..<400 {
            keepingTime("a") { overwrite(tree.path("a").string, UInt64(round)) }
            let inputs = try InputScanner.scan(InputPlan(image: tree.image()), index: &index)
            let entry = inputs.entries.first { $0.path == BytePath("a") }
            try #require(entry?.kind == InputDigesterTests.file("a", String(1000 + round)).kind)
        }
    }
}
