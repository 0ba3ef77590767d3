import Glibc
@testable import StokerCore
import SystemPackage
import Testing

@Suite struct ContextWalkTests {
    let tree = ScratchTree()

    @Test func entriesComeInByteOrderOfTheirWholePaths() throws {
        tree.folder("a")
        for name in ["a/b", "a-b", "a.b", "B", "a0"] { tree.write(name) }
        #expect(try tree.walk() == ["B", "a", "a-b", "a.b", "a/b", "a0"])
    }

    @Test func namesAreBytes() throws {
        let names: [[UInt8]] = [[0xFF, 0xFE], Array("a\nb".utf8), Array("ü \"q".utf8)]
        for name in names {
            let directory = try OpenFile.directory(at: tree.root)
            let descriptor = withTerminated(name) {
                openat(directory.descriptor, $0, O_CREAT | O_WRONLY, 0o644)
            }
            #expect(close(descriptor) == 0)
        }
        let found = try ContextWalk(root: tree.root).entries().map(\.path.bytes)
        #expect(Set(found) == Set(names))
    }

    @Test func linksAreNeverFollowed() throws {
        tree.folder("real")
        tree.write("real/file")
        tree.link("link", to: "real")
        tree.link("dangling", to: "/nowhere")
        tree.link("loop", to: "loop")
        let long = String(repeating: "x/", count: 1000)
        tree.link("long", to: long)
        let entries = try ContextWalk(root: tree.root).entries()
        #expect(entries.map(\.path.description) == ["dangling", "link", "long", "loop", "real", "real/file"])
        #expect(entries[0].linkTarget == Array("/nowhere".utf8))
        #expect(entries[1].linkTarget == Array("real".utf8))
        #expect(entries[2].linkTarget == Array(long.utf8))
        #expect(entries[4].linkTarget == nil)
    }

    @Test func socketsAndFIFOsAreIn() throws {
        #expect(mkfifo(tree.path("fifo").string, 0o600) == 0)
        #expect(mknod(tree.path("socket").string, S_IFSOCK | 0o600, 0) == 0)
        #expect(try tree.walk() == ["fifo", "socket"])
    }

    @Test func excludedThingsAreLeftOut() throws {
        for folder in ["docs", "src", "src/deep"] { tree.folder(folder) }
        for file in ["docs/a.md", "src/a.md", "src/b.c", "src/deep/c.c"] { tree.write(file) }
        #expect(try tree.walk(["docs", "**/*.md"]) == ["src", "src/b.c", "src/deep", "src/deep/c.c"])
        #expect(try tree.walk(["docs/*"]).contains("docs"))
    }

    /// Docker 20.10 sends them, empty; newer builders leave them out of what they are given.
    @Test func excludedFoldersWhereAnExceptionNamesSomethingBelowAreIn() throws {
        for folder in ["a", "a/b", "a/c", "e"] { tree.folder(folder) }
        for file in ["a/b/drop", "a/c/drop", "e/drop"] { tree.write(file) }
        #expect(try tree.walk(["!a/b/none", "*"]) == ["a", "a/b"])
        #expect(try tree.walk(["*", "!a/b/none"]) == ["a", "a/b"])
        #expect(try tree.walk(["!a/b*/none", "*"]) == ["a"])
    }

    @Test func parentsOfWhatIsBroughtBackAreIn() throws {
        for folder in ["a", "a/b", "a/b/c", "a/x", "e"] { tree.folder(folder) }
        for file in ["a/b/c/keep", "a/b/c/drop", "a/x/drop", "e/drop"] { tree.write(file) }
        #expect(try tree.walk(["*", "!a/b/c/keep"]) == ["a", "a/b", "a/b/c", "a/b/c/keep"])
        #expect(try tree.walk(["**", "!**/keep"]) == ["a", "a/b", "a/b/c", "a/b/c/keep"])
        tree.link("a/b/link", to: "c")
        #expect(try tree.walk(["*", "!a/b/link"]) == ["a", "a/b", "a/b/link"])
    }

    @Test func aDirectoryOutOfReachIsNotEntered() throws {
        tree.folder("out", mode: 0)
        tree.write("in")
        #expect(try tree.walk(["out"]) == ["in"])
    }

    @Test(.enabled(if: geteuid() != 0, "root may read everything"))
    func anUnreadableDirectoryIsAnErrorThatNamesIt() throws {
        tree.folder("closed", mode: 0)
        let error = #expect(throws: StokerError.self) { try tree.walk() }
        #expect(error?.code == .badInput)
        #expect(error?.message.contains("closed") == true)
        #expect(error?.nextStep == "make it readable or add it to .dockerignore")
        #expect(try tree.walk(["*", "!**/x"]) == [])
    }

    @Test func ownFilesAreLeftOut() throws {
        tree.folder("sub")
        for file in [".docker_build.lock", "sub/.stoker-tmp-1f", "sub/.docker_build.lock", "a"] {
            tree.write(file)
        }
        #expect(
            try tree.walk(ownFiles: [BytePath(".docker_build.lock")]) == [
                "a", "sub", "sub/.docker_build.lock",
            ])
    }

    @Test func treesDeeperThanAnyPathAreWalkedWithFewDescriptors() throws {
        // 300 levels of 200 bytes, with a file in each and a second directory to come back to.
        let name = String(repeating: "d", count: 200)
        var folder = open(tree.root.string, O_DIRECTORY | O_CLOEXEC)
        for _ in 0..<300 {
            for sibling in [name, "z"] { #expect(mkdirat(folder, sibling, 0o755) == 0) }
            let file = openat(folder, "z/file", O_CREAT | O_WRONLY | O_CLOEXEC, 0o644)
            #expect(file >= 0 && close(file) == 0)
            let next = openat(folder, name, O_DIRECTORY | O_CLOEXEC)
            close(folder)
            folder = next
        }
        close(folder)
        let entries = try ContextWalk(root: tree.root).entries()
        #expect(entries.count == 900)
        #expect((entries.last?.path.bytes.count ?? 0) < 10)
        #expect(entries.map(\.path.bytes.count).max() ?? 0 > 50_000)
        var index = StatIndex()
        tree.write("Dockerfile", "FROM scratch\nCOPY . /\n")
        let inputs = try InputScanner.scan(InputPlan(image: tree.image()), index: &index)
        #expect(inputs.entries.count == 901)
    }

    @Test(arguments: ["missing", "file"]) func aContextThatIsNoFolderIsAnError(_ name: String) throws {
        tree.write("file")
        let error = #expect(throws: StokerError.self) {
            try ContextWalk(root: tree.path(name)).entries()
        }
        #expect(error?.code == .badInput)
        #expect(error?.message == "there is no build context at \(tree.path(name))")
    }

    @Test(.timeLimit(.minutes(10))) func aTreeThatChangesAllTheTimeIsStillListed() async throws {
        for number in 0..<50 { tree.folder("d\(number)") }
        tree.write("stays")
        let root = tree.root.string
        let writer = Task.detached {
            var round = 0
            while !Task.isCancelled {
                round += 1
                let folder = "\(root)/d\(round % 50)"
                rename(folder, folder + "-moved")
                rename(folder + "-moved", folder)
                close(open(folder + "/f", O_CREAT | O_WRONLY | O_CLOEXEC, 0o644))
                unlink(folder + "/f")
            }
        }
        defer { writer.cancel() }
        for _ in 0..<100 {
            let entries = try ContextWalk(root: tree.root).entries()
            #expect(entries.contains { $0.path == BytePath("stays") })
        }
        writer.cancel()
        await writer.value
    }
}
