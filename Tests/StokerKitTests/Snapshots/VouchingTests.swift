import Glibc
import StokerCore
@testable import StokerKit
import SystemPackage
import Testing

/// Everything rests on this: what the builder is given is what the digest says, whatever happens to the live
/// tree, to the index or to us in the meantime. Each of these once was, or could be, a way around it.
@Suite struct VouchingTests {
    let project = TestProject()

    init() { project.write("Dockerfile", "FROM scratch\nCOPY . /\n") }

    @Test func aYoungFileThatIsCopiedAgainKeepsModeAndTime() throws {
        project.write("run", "#!/bin/sh\n", mode: 0o755)
        project.touch("run", modified: 1_600_000_000_123_456_789)
        let snapshot = try project.store.open(key: "k")
        // Too young for the index, so that the second time it is read and copied anew.
        for _ in 1...2 {
            var index = StatIndex()
            _ = try project.checkedCopy(in: snapshot, index: &index)
            let copied = try #require(try snapshot.status("run"))
            #expect(copied.permissions == 0o755)
            #expect(copied.modified == 1_600_000_000_123_456_789)
        }
    }

    /// A file that the index still vouches for stood in a folder that was away when the copy was begun.
    @Test func anUpdateThatWasBegunOnAnotherTreeIsNotBuiltUpon() throws {
        project.folder("src")
        project.write("src/app", "one", mode: 0o640)
        project.folder("src/deep")
        project.write("src/deep/er", "two")
        for name in ["src/app", "src/deep/er", "Dockerfile"] {
            project.touch(name, modified: 1_600_000_000_000_000_001)
        }
        let snapshot = try project.store.open(key: "k")
        var index = StatIndex()
        _ = try project.checkedCopy(in: snapshot, index: &index)
        let request = project.request()
        // The stamps that no program can set have to be old before the index believes them.
        var settled = StatIndex()
        while settled.count < 3 {
            _ = try InputScanner.scan(
                InputPlan(image: request.image, ownFiles: request.ownFiles), index: &settled)
        }
        index = settled

        project.move("src", to: "../src")
        project.folder("src")
        project.write("src/app", "other bytes")
        project.write("src/zzz", "gone before it is copied")
        let plan = try InputPlan(image: request.image, ownFiles: request.ownFiles)
        try snapshot.prepare()
        var layout = try SnapshotLayout(plan, in: snapshot.roots)
        project.remove("src/zzz")
        var update = try SnapshotUpdate(snapshot, from: [LiveTree(project.root)])
        #expect(throws: InputsMoved.self) {
            try update.run(
                &layout.sources, known: Array(repeating: nil, count: layout.sources.count))
        }
        project.remove("src")
        project.move("../src", to: "src")
        _ = try project.checkedCopy(in: snapshot, index: &index)
    }

    /// A link into the person's own folders must never become the way by which a copy is written.
    @Test func aHalfDoneUpdateNeverWritesThroughALink() throws {
        let outside = project.folder.appending("outside")
        try #require(mkdir(outside.string, 0o755) == 0)
        project.write("../outside/f", "the person's own")
        project.folder("d")
        project.write("d/f", "ours")
        project.write("e", "gone before it is copied")
        let snapshot = try project.store.open(key: "k")
        var index = StatIndex()
        _ = try project.checkedCopy(in: snapshot, index: &index)

        let request = project.request()
        project.move("d", to: "../d")
        project.link("d", to: outside.string)
        project.write("e", "another")
        try snapshot.prepare()
        let plan = try InputPlan(image: request.image, ownFiles: request.ownFiles)
        var layout = try SnapshotLayout(plan, in: snapshot.roots)
        project.remove("e")
        var update = try SnapshotUpdate(snapshot, from: [LiveTree(project.root)])
        #expect(throws: InputsMoved.self) {
            try update.run(
                &layout.sources, known: Array(repeating: nil, count: layout.sources.count))
        }
        project.remove("d")
        project.move("../d", to: "d")
        _ = try project.checkedCopy(in: snapshot, index: &index)
        #expect(
            try HeldFile(outside.appending("f").string, O_RDONLY).readAll(limit: 99)
                == Array("the person's own".utf8))
        #expect(try FileStatus.of(outside.string)?.permissions == 0o755)
    }

    @Test func aTreeThatIsSwappedAllTheTimeIsStillCopiedAsDigested() async throws {
        // Other tests need the threads that asynchronous code runs on.
        try await BlockingWork.run { [project] in try VouchingTests.copySwapped(project) }
    }

    private static func copySwapped(_ project: TestProject) throws {
        for (folder, text) in [("src", "one"), ("other", "two")] {
            project.folder(folder)
            for number in 0..<15 { project.write("\(folder)/\(number)", "\(text) \(number)") }
        }
        project.folder("src/only")
        project.write("src/only/here", "x")
        project.link("other/only", to: "/nowhere")
        let paths = ["src", "other", "away"].map { project.path($0).string }
        let swapping = Repetition {
            rename(paths[0], paths[2])
            rename(paths[1], paths[0])
            rename(paths[2], paths[1])
            usleep(2000)
        }
        defer { swapping.stop() }
        let request = project.request()
        let snapshot = try project.store.open(key: "k")
        var index = StatIndex()
        var copies = 0
        for _ in 0..<25 {
            // It may give up on a tree that is never there whole; then it must say so and nothing else.
            do {
                let copy = try SnapshotCopy.make(request, in: snapshot, index: &index)
                copies += 1
                #expect(try copy.digestOnDisk(request) == copy.inputs.digest)
            } catch let error as StokerError {
                #expect(error.message.contains("keeps changing"))
            }
        }
        #expect(copies > 0)
    }

    @Test(arguments: ["a", "z"])
    func aDockerfileBehindALinkedFolderIsCopiedAsAFile(real: String) throws {
        project.folder(real)
        project.write("\(real)/Dockerfile", "FROM scratch\nCOPY . /\n", mode: 0o600)
        project.link("m", to: real)
        let request = project.request(project.image(dockerfile: "m/Dockerfile"))
        let (copy, snapshot) = try project.checkedCopy(request)
        let build = copy.request(request, tag: "t")
        #expect(
            try HeldFile(build.dockerfile.string, O_RDONLY).readAll(limit: 99)
                == Array("FROM scratch\nCOPY . /\n".utf8)
        )
        let copied = try snapshot.status("\(real)/Dockerfile")
        #expect(copied?.permissions == 0o600)
    }
}
