import Foundation
import Glibc
@testable import StokerCore
import SystemPackage
import Testing

@Suite struct AtomicFileTests {
    let tree = ScratchTree()

    func text(_ name: String) throws -> String {
        String(
            decoding: try HeldFile(tree.path(name).string, O_RDONLY).readAll(limit: 1 << 20), as: UTF8.self)
    }

    func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: tree.root.string).sorted()
    }

    @Test func aFileIsMadeOrReplacedWhole() throws {
        try AtomicFile.write(Array("one".utf8), to: tree.path("f"), mode: 0o600)
        #expect(try text("f") == "one")
        #expect(tree.status("f").permissions == 0o600)
        let inode = tree.status("f").inode
        try AtomicFile.write(Array("two".utf8), to: tree.path("f"), mode: 0o640)
        #expect(try text("f") == "two")
        #expect(tree.status("f").permissions == 0o640)
        #expect(tree.status("f").inode != inode)
        #expect(try names() == ["f"])
    }

    @Test func otherNamesOfTheOldFileKeepTheOldBytes() throws {
        tree.write("f", "old")
        #expect(link(tree.path("f").string, tree.path("g").string) == 0)
        try AtomicFile.write(Array("new".utf8), to: tree.path("f"))
        #expect(try text("g") == "old")
    }

    @Test func aTemporaryFileThatIsALinkLeadsNowhere() throws {
        tree.write("mine", "mine")
        tree.link(".stoker-tmp-f", to: "mine")
        try AtomicFile.write(Array("new".utf8), to: tree.path("f"))
        #expect(try text("mine") == "mine")
        #expect(try names() == ["f", "mine"])
    }

    @Test func aFailureLeavesNothingBehind() throws {
        tree.folder("f")
        tree.write("f/inside", "x")
        let error = #expect(throws: SystemCallError.self) {
            try AtomicFile.write(Array("new".utf8), to: tree.path("f"))
        }
        #expect(error?.errno == .isDirectory)
        #expect(error?.path == tree.path("f").string)
        #expect(try names() == ["f"])
    }

    @Test func aFolderInTheTemporaryFilesPlaceIsAnError() throws {
        tree.folder(".stoker-tmp-f")
        #expect(throws: SystemCallError.self) { try AtomicFile.write([], to: tree.path("f")) }
        #expect(try names() == [".stoker-tmp-f"])
    }

    @Test func aLinkedFolderOnTheWayIsFollowedButNotInItsLastStep() throws {
        tree.folder("real")
        tree.link("linked", to: "real")
        #expect(throws: SystemCallError.self) {
            try AtomicFile.write([], to: tree.path("linked/f"))
        }
        tree.folder("real/deep")
        try AtomicFile.write(Array("x".utf8), to: tree.path("linked/deep/f"))
        #expect(try text("real/deep/f") == "x")
    }
}
