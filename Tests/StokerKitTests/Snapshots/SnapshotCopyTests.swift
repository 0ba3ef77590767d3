import Glibc
import StokerCore
@testable import StokerKit
import SystemPackage
import Testing

@Suite struct SnapshotCopyTests {
    let project = TestProject()

    init() { project.write("Dockerfile", "FROM scratch\nCOPY . /\n") }

    func copied(_ snapshot: Snapshot, _ folder: String = "context") throws -> [SeenEntry] {
        try SeenEntry.list(snapshot.tree.appending(folder))
    }

    func names(_ entries: [SeenEntry]) -> [String] { entries.map(\.path.description) }

    func text(_ path: FilePath) throws -> String {
        String(decoding: try HeldFile(path.string, O_RDONLY).readAll(limit: 1 << 20), as: UTF8.self)
    }

    @Test func bytesModesLinksAndTimesAreMirrored() throws {
        project.folder("src", mode: 0o2750)
        project.write("src/run", "#!/bin/sh\n", mode: 0o755)
        project.write("empty", "", mode: 0o600)
        project.write("big", bytes: (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
        project.link("src/link", to: "../missing")
        project.folder("read-only")
        project.write("read-only/f", "x", mode: 0o444)
        try #require(mkfifo(project.path("fifo").string, 0o640) == 0)
        project.touch("src/run", modified: 1_600_000_000_123_456_789)
        project.touch("src/link", modified: -1)
        project.touch("empty", modified: 0)
        project.chmod("read-only", 0o555)
        let (_, snapshot) = try project.checkedCopy()
        #expect(try copied(snapshot) == SeenEntry.list(project.root))
    }

    @Test func namesNeedNotBeText() throws {
        for name: [UInt8] in [[0xFF, 0xFE], [0x61, 0x0A, 0x62], [0x20], [0xC3, 0x28]] {
            let path =
                project.root.string.utf8CString.dropLast() + [0x2F] + name.map(CChar.init(bitPattern:)) + [0]
            let descriptor = open(Array(path), O_WRONLY | O_CREAT, 0o644)
            try #require(descriptor >= 0)
            close(descriptor)
        }
        let (_, snapshot) = try project.checkedCopy()
        #expect(try copied(snapshot) == SeenEntry.list(project.root))
    }

    @Test func whatTheIgnoreFileLeavesOutIsNotThere() throws {
        project.write(".dockerignore", "*\n!keep\n!dir/deep\n!Dockerfile\n")
        for name in ["keep", "drop"] { project.write(name) }
        for folder in ["dir", "dir/deep", "dir/other"] { project.folder(folder) }
        for name in ["dir/deep/a", "dir/other/b"] { project.write(name) }
        project.write(".docker_build.lock")
        let (copy, snapshot) = try project.checkedCopy()
        // The ignore file is there for the builder, although it is no input.
        #expect(
            try names(copied(snapshot))
                == [".dockerignore", "Dockerfile", "dir", "dir/deep", "dir/deep/a", "keep"])
        #expect(
            copy.inputs.entries.map(\.path.description)
                == ["Dockerfile", "dir", "dir/deep", "dir/deep/a", "keep"])
    }

    @Test(arguments: DockerfilePlace.all)
    func theDockerfileIsWhereTheBuilderLooks(_ place: DockerfilePlace) throws {
        project.folder("ctx")
        for name in ["ctx/a", "ctx/b"] { project.write(name, name) }
        place.prepare(project)
        let request = project.request(project.image(dockerfile: place.dockerfile, context: "ctx"))
        let (copy, snapshot) = try project.checkedCopy(request)
        let build = copy.request(request, tag: "t")
        #expect(build.dockerfile == snapshot.tree.pushing(FilePath(place.found)))
        #expect(build.context == snapshot.tree.appending("context"))
        #expect(try FileStatus.of(build.dockerfile.string)?.kind == .file)
        #expect(try text(build.dockerfile) == DockerfilePlace.text)
        // The builder, reading the copy, finds the same ignore rules and so the same inputs.
        let plan = try InputPlan(image: request.image, ownFiles: request.ownFiles)
        var image = request.image
        (image.dockerfile, image.context) = (build.dockerfile, build.context)
        let seen = try SeenEntry.list(build.context, InputPlan(image: image).main)
        #expect(seen == (try SeenEntry.list(project.path("ctx"), plan.main)))
    }

    @Test func namedContextsAreCopiedWithTheirOwnIgnoreFiles() throws {
        for folder in ["one", "two"] { project.folder(folder) }
        for name in ["one/a", "one/b", "two/a"] { project.write(name, name) }
        project.write("one/.dockerignore", "b\n")
        project.write(".dockerignore", "one\ntwo\n")
        project.write("Dockerfile", "FROM scratch\nCOPY --from=y . /\nCOPY --from=z . /\n")
        let request = project.request(
            project.image(buildContexts: [
                "z": .directory(project.path("one")), "y": .directory(project.path("two")),
                "r": .reference("docker-image://x"),
            ]))
        let (copy, snapshot) = try project.checkedCopy(request)
        #expect(try names(copied(snapshot, "contexts/0")) == ["a"])
        #expect(try names(copied(snapshot, "contexts/1")) == [".dockerignore", "a"])
        let contexts = copy.request(request, tag: "t").buildContexts
        #expect(contexts["y"] == .directory(snapshot.tree.pushing("contexts/0")))
        #expect(contexts["z"] == .directory(snapshot.tree.pushing("contexts/1")))
        #expect(contexts["r"] == .reference("docker-image://x"))
    }

    @Test func aSecondCopyOfTheSameReadsNothing() throws {
        project.write("a", "1")
        let snapshot = try project.store.open(key: "k")
        var index = StatIndex()
        let request = project.request()
        _ = try project.checkedCopy(in: snapshot, index: &index)
        while index.count < 2 {
            _ = try InputScanner.scan(
                InputPlan(image: request.image, ownFiles: request.ownFiles), index: &index)
        }
        let before = try FileStatus.of(snapshot.tree.string + "/context/a")
        let second = try project.checkedCopy(in: snapshot, index: &index)
        #expect(second.change == nil)
        #expect(second.previousDigest == second.inputs.digest)
        #expect(try FileStatus.of(snapshot.tree.string + "/context/a") == before)
    }

    @Test func aMissingContextOrDockerfileIsSaidSo() throws {
        let snapshot = try project.store.open(key: "k")
        for image in [project.image(dockerfile: "No"), project.image(context: "no")] {
            var index = StatIndex()
            let error = #expect(throws: StokerError.self) {
                try SnapshotCopy.make(project.request(image), in: snapshot, index: &index)
            }
            #expect(error?.code == .badInput)
            #expect(error?.nextStep != nil)
        }
    }
}
