import Glibc
@testable import StokerCore
import SystemPackage
import Testing

@Suite struct ContainedFileTests {
    let tree = ScratchTree()

    func read(_ name: String, context: String = "context") throws(StokerError) -> String? {
        try ContainedFile.read(tree.path(name), context: tree.path(context), limit: 100)
            .map { String(decoding: $0, as: UTF8.self) }
    }

    init() {
        tree.folder("context")
        tree.folder("context/sub")
        tree.write("context/file", "in")
        tree.write("outside", "out")
    }

    @Test func linksInsideAreFollowed() throws {
        tree.link("context/a", to: "sub/b")
        tree.link("context/sub/b", to: "../file")
        tree.link("context/folder", to: "sub/../sub/.")
        #expect(try read("context/a") == "in")
        #expect(try read("context/folder/b") == "in")
        #expect(try read("context/folder/missing") == nil)
        #expect(try read("context/folder/missing/file") == nil)
        #expect(try read("context/missing") == nil)
        #expect(try read("context/missing/file") == nil)
    }

    @Test func aFileOutsideTheContextIsReadFromItsFolder() throws {
        #expect(try read("outside") == "out")
        tree.link("link", to: "outside")
        #expect(try read("link") == "out")
    }

    @Test(arguments: [
        ("../outside", "it is a link out of"), ("sub/../../outside", "it is a link out of"),
        ("/etc/passwd", "it is a link out of"), ("nowhere", "it is a link to nothing"),
        ("nowhere/file", "it is a link to nothing"), ("link", "it is a chain of too many links"),
        ("sub", "it is not a regular file"), ("fifo", "it is not a regular file"),
        ("long", "it is longer than 0 MiB"),
    ])
    func whatIsNoFileOfTheContextIsRefused(_ target: String, _ cause: String) throws {
        #expect(mkfifo(tree.path("context/fifo").string, 0o600) == 0)
        tree.write("context/long", String(repeating: "x", count: 101))
        tree.link("context/link", to: target)
        let error = #expect(throws: StokerError.self) { try read("context/link") }
        #expect(error?.code == .badInput)
        #expect(error?.cause?.hasPrefix(cause) == true, "\(String(describing: error))")
        #expect(error?.nextStep != nil)
    }

    @Test func theIgnoreFileBesideTheDockerfileWins() throws {
        func patterns() throws -> [String]? {
            try IgnoreFile.locate(dockerfile: tree.path("other/D"), context: tree.path("context"))?
                .file.patterns.map { String(decoding: $0.text, as: UTF8.self) }
        }
        tree.folder("other")
        #expect(try patterns() == nil)
        tree.write("context/.dockerignore", "general")
        #expect(try patterns() == ["general"])
        tree.write("other/D.dockerignore", "special")
        #expect(try patterns() == ["special"])
        tree.write("other/D.dockerignore", "")
        #expect(try patterns() == [])
    }

    @Test func anIgnoreFileThatIsNoFileIsAnError() throws {
        tree.folder("context/.dockerignore")
        #expect(throws: StokerError.self) {
            try IgnoreFile.locate(dockerfile: tree.path("context/D"), context: tree.path("context"))
        }
    }
}
