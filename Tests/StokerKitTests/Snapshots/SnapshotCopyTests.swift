import Glibc
import StokerCore
@testable import StokerKit
import SystemPackage
import TestSupport
import Testing

@Suite struct SnapshotCopyTests {
    let project = TestProject()

    init() { project.write("Dockerfile", "FROM scratch\nCOPY . /\n") }

    func copied(_ snapshot: Snapshot, _ number: Int = 0) throws -> [SeenEntry] {
        try SeenEntry.list(snapshot.root(number))
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
        try #require(mknod(project.path("socket").string, S_IFSOCK | 0o750, 0) == 0)
        project.touch("src/run", modified: 1_600_000_000_123_456_789)
        project.touch("src/link", modified: -1)
        project.touch("empty", modified: 0)
        project.chmod("read-only", 0o555)
        let (_, snapshot) = try project.checkedCopy()
        #expect(try copied(snapshot) == SeenEntry.list(project.root))
    }

    @Test func extendedAttributesAreMirrored() throws {
        project.folder("d")
        project.folder("read-only")
        project.write("d/f", "x")
        project.write("read-only/f", "x", mode: 0o444)
        let list = FileAttributes.accessList(user: 7, mode: 0o755)
        let edits: [(path: String, name: String, value: [UInt8]?)] = [
            ("d/f", "user.note", [1]), ("d", "user.note", Array("a folder's".utf8)),
            ("d/f", "system.posix_acl_access", FileAttributes.accessList(user: 7, mode: 0o664)),
            ("d", "system.posix_acl_default", list), ("d", "system.posix_acl_access", list),
            ("read-only/f", "user.note", [2]), ("read-only", "user.note", [3]),
            ("d", "system.posix_acl_default", nil), ("d/f", "system.posix_acl_access", nil),
            ("d", "user.note", nil), ("d/f", "user.note", []),
        ]
        let snapshot = try project.store.open(key: "k")
        var index = StatIndex()
        project.chmod("read-only", 0o555)
        for (number, edit) in edits.enumerated() {
            let path = Array(project.path(edit.path).string.utf8)
            if let value = edit.value {
                #expect(FileAttributes.set(path, edit.name, value))
            } else {
                #expect(FileAttributes.remove(path, edit.name))
            }
            // Where the folder has a default list, what is made in its copy must not inherit it.
            rename(project.path("d/new-\(number - 1)").string, project.path("d/new-\(number)").string)
            if number == 2 { project.write("d/new-2", "made before the list") }
            _ = try project.checkedCopy(in: snapshot, index: &index)
            let live = try SeenEntry.list(project.root).map(\.lasting)
            #expect(try copied(snapshot).map(\.lasting) == live, "\(edit)")
        }
    }

    /// What the builder makes in a folder inherits the folder's default list, also where it is only on the way.
    @Test func accessListsOfFoldersOnTheWayAreMirrored() throws {
        for folder in ["x", "x/y"] { project.folder(folder) }
        project.write("x/y/f", "x")
        project.write("Dockerfile", "FROM scratch\nCOPY x/y/f /\n")
        let snapshot = try project.store.open(key: "k")
        var index = StatIndex()
        let list = FileAttributes.accessList(user: 7, mode: 0o755)
        var digests = [try project.checkedCopy(in: snapshot, index: &index).inputs.digest]
        for folder in ["x", "x/y"] {
            let path = Array(project.path(folder).string.utf8)
            #expect(FileAttributes.set(path, "system.posix_acl_default", list))
            digests.append(try project.checkedCopy(in: snapshot, index: &index).inputs.digest)
            let copied = try SeenEntry.list(snapshot.root()).first { $0.path == BytePath(folder) }
            #expect(copied?.attributes == ["system.posix_acl_default": list])
        }
        #expect(Set(digests).count == 3)
    }

    /// Or what is copied would have attributes that nobody has given it.
    @Test func anAccessListOfTheCacheIsNotInherited() throws {
        let list = FileAttributes.accessList(user: 7, mode: 0o755)
        #expect(FileAttributes.set(Array(project.cache.string.utf8), "system.posix_acl_default", list))
        project.folder("d")
        project.write("d/f")
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
        #expect(build.dockerfile == place.found(in: snapshot))
        #expect(build.context == snapshot.root())
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
        #expect(try names(copied(snapshot, 1)) == ["a"])
        #expect(try names(copied(snapshot, 2)) == [".dockerignore", "a"])
        let contexts = copy.request(request, tag: "t").buildContexts
        #expect(contexts["y"] == .directory(snapshot.root(1)))
        #expect(contexts["z"] == .directory(snapshot.root(2)))
        #expect(contexts["r"] == .reference("docker-image://x"))
    }

    /// Else the builder would take all that the two readings of the file leave together.
    @Test func theIgnoreFileOfANamedContextIsThereAlsoWhenItLeavesItselfOut() throws {
        project.folder("one")
        project.write("one/a")
        project.write("one/.dockerignore", ".dockerignore\n")
        project.write("Dockerfile", "FROM scratch\nCOPY --from=n . /\n")
        let (copy, snapshot) = try project.checkedCopy(
            project.request(project.image(buildContexts: ["n": .directory(project.path("one"))])))
        #expect(try names(copied(snapshot, 1)) == [".dockerignore", "a"])
        guard case .entries(let entries) = copy.inputs.contexts["n"] else {
            Issue.record("the context counts by its files")
            return
        }
        #expect(entries.map(\.path.description) == ["a"])
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
        let before = try snapshot.status("a")
        let second = try project.checkedCopy(in: snapshot, index: &index)
        #expect(second.change == nil)
        #expect(second.previousDigest == second.inputs.digest)
        #expect(try snapshot.status("a") == before)
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
