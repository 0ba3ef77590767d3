import Glibc
import StokerCore
@testable import StokerKit
import SystemPackage
import Testing

/// What are hard links of each other among the inputs are hard links of each other in the snapshot.
@Suite struct HardLinkTests {
    let project = TestProject()

    init() {
        project.write("Dockerfile", "FROM scratch\nCOPY . /\n")
        project.write("a", "one")
    }

    func hardLink(_ name: String, to other: String) throws {
        try #require(link(project.path(other).string, project.path(name).string) == 0)
    }

    /// The links in the snapshot's context, `path: first path`, after an update that was checked.
    func links(_ snapshot: Snapshot) throws -> [String: String] {
        defer { snapshot.letGo() }
        var index = StatIndex()
        let copy = try project.checkedCopy(in: snapshot, index: &index)
        let entries = try SeenEntry.list(snapshot.root())
        let live = try SeenEntry.list(project.root, InputPlan(image: project.request().image).main)
        #expect(entries.map(\.lasting) == live.map(\.lasting))
        var links: [String: String] = [:]
        for entry in entries { if let link = entry.link { links["\(entry.path)"] = "\(link)" } }
        var counted: [String: String] = [:]
        for entry in copy.inputs.entries { if let link = entry.link { counted["\(entry.path)"] = "\(link)" } }
        #expect(counted == links)
        return links
    }

    @Test func theyAreLinkedToTheFirstOfThem() throws {
        project.folder("d")
        try hardLink("b", to: "a")
        try hardLink("d/c", to: "a")
        #expect(try links(project.store.open(key: "k")) == ["b": "a", "d/c": "a"])
    }

    @Test func oneThatIsNoInputDoesNotCount() throws {
        project.write(".dockerignore", "a\n")
        for name in ["b", "c"] { try hardLink(name, to: "a") }
        #expect(try links(project.store.open(key: "k")) == ["c": "b"])
        project.remove("c")
        #expect(try links(project.store.open(key: "k")) == [:])
    }

    @Test func contextsDoNotShareFiles() throws {
        project.folder("one")
        project.folder("two")
        for name in ["one/x", "one/y", "two/x", "two/y"] { try hardLink(name, to: "a") }
        project.write(".dockerignore", "one\ntwo\n")
        project.write("Dockerfile", "FROM scratch\nCOPY --from=n1 . /\nCOPY --from=n2 . /\n")
        let request = project.request(
            project.image(buildContexts: [
                "n1": .directory(project.path("one")), "n2": .directory(project.path("two")),
            ]))
        let snapshot = try project.checkedCopy(request).snapshot
        for number in 1...2 {
            let inodes = try ["x", "y"].map { try FileStatus.of("\(snapshot.root(number))/\($0)")?.inode }
            #expect(inodes[0] == inodes[1])
        }
        let first = try FileStatus.of("\(snapshot.root(1))/x")
        #expect(first?.links == 2)
    }

    /// The bytes stay the same throughout, so that only the folder's new name tells the builder.
    @Test func eachEditOfTheStructureIsFollowedUnderANewName() throws {
        try hardLink("b", to: "a")
        let time = project.status("a").modified
        let snapshot = try project.store.open(key: "k")
        #expect(try links(snapshot) == ["b": "a"])
        var folders: Set<FilePath> = [snapshot.folder]
        var digests: Set<ContentDigest?> = [snapshot.manifest.inputs]

        project.remove("b")
        project.write("b", "one")
        project.touch("b", modified: time)
        #expect(try links(snapshot) == [:])
        folders.insert(snapshot.folder)
        digests.insert(snapshot.manifest.inputs)

        try hardLink("c", to: "b")
        #expect(try links(snapshot) == ["c": "b"])
        #expect(folders.contains(snapshot.folder), "a file that is new is noticed")
        digests.insert(snapshot.manifest.inputs)

        project.remove("b")
        try hardLink("b", to: "a")
        #expect(try links(snapshot) == ["b": "a"])
        #expect(folders.insert(snapshot.folder).inserted)
        digests.insert(snapshot.manifest.inputs)

        project.remove("a")
        #expect(try links(snapshot) == [:])
        #expect(folders.insert(snapshot.folder).inserted)
        digests.insert(snapshot.manifest.inputs)
        #expect(digests.count == 5)
    }

    @Test func aWriteThroughOneOfThemIsInAll() throws {
        try hardLink("b", to: "a")
        let snapshot = try project.store.open(key: "k")
        #expect(try links(snapshot) == ["b": "a"])
        let folder = snapshot.folder
        project.write("b", "another")
        #expect(try links(snapshot) == ["b": "a"])
        project.chmod("b", 0o600)
        #expect(try links(snapshot) == ["b": "a"])
        #expect(snapshot.folder == folder)
    }

    @Test func aSecondCopyOfThemReadsNothing() throws {
        try hardLink("b", to: "a")
        let snapshot = try project.store.open(key: "k")
        var index = StatIndex()
        _ = try project.checkedCopy(in: snapshot, index: &index)
        let request = project.request()
        while index.count < 3 {
            _ = try InputScanner.scan(
                InputPlan(image: request.image, ownFiles: request.ownFiles), index: &index)
        }
        let before = try snapshot.status("b")
        let second = try project.checkedCopy(in: snapshot, index: &index)
        #expect(second.change == nil)
        #expect(try snapshot.status("b") == before)
    }
}
