import Crypto
import Glibc
import SystemPackage
import Testing

@testable import StokerCore

@Suite struct BuildHashRecipeTests {
    let tree = ScratchTree()

    private func recipe(_ sources: (folder: String, name: String)...) -> BuildHashRecipe {
        BuildHashRecipe(
            root: tree.root,
            sources: sources.map { .init(folder: BytePath($0.folder), name: $0.name) })
    }

    private func hash(_ text: String) -> ContentDigest { ContentDigest(SHA256.hash(data: Array(text.utf8))) }

    @Test func contentsCountInOrderAndMissingFilesDoNot() throws {
        tree.write("Dockerfile", "FROM scratch\n")
        tree.folder("src")
        tree.write("src/a", "A")
        let read = try recipe(("src", "a"), ("", "missing"), ("no/folder", "x"), ("", "Dockerfile")).read()
        #expect(read.hash == hash("AFROM scratch\n"))
        #expect(try recipe().read().hash == hash(""))
    }

    @Test(arguments: [
        ("*.py", "1.py"), ("?.py", "1.py"), ("[0-9].py", "1.py"), ("[!a].py", "1.py"), ("*", ".hidden"),
        ("\\*", "\\x"),
    ])
    func aWildcardFindsFilesOfItsFolderAlone(pattern: String, name: String) throws {
        tree.folder("d")
        tree.folder("d/deeper")
        tree.write("d/\(name)", "x")
        tree.write("d/deeper/\(name)", "y")
        tree.write(name, "z")
        #expect(try recipe(("d", pattern)).read().hash == hash("x"))
    }

    @Test func theFilesOfAWildcardComeInDirectoryOrder() throws {
        tree.folder("d")
        for name in ["b", "a", "d", "c", "e"] { tree.write("d/\(name).py", name) }
        let stream = try DirectoryStream(OpenFile.directory(at: tree.path("d")), path: "d")
        let listing = try stream.listing(path: "d")
        let order = listing.names.map { String(decoding: listing.bytes[$0.range].prefix(1), as: UTF8.self) }
        #expect(try recipe(("d", "*.py")).read().hash == hash(order.joined()))
    }

    @Test func whatIsNoFileDoesNotCount() throws {
        tree.folder("folder.py")
        tree.write("file", "x")
        #expect(mkfifo(tree.path("fifo.py").string, 0o600) == 0)
        tree.link("nowhere.py", to: "missing")
        #expect(try recipe(("", "*.py"), ("file", "y"), ("file", "*")).read().hash == hash(""))
    }

    @Test func linksAreFollowedInTheProjectAlone() throws {
        tree.folder("real")
        tree.write("real/a.py", "A")
        tree.link("folder", to: "real")
        tree.link("b.py", to: "real/a.py")
        #expect(try recipe(("folder", "*.py"), ("", "b.py")).read().hash == hash("AA"))
        tree.link("out.py", to: "/etc/hostname")
        let error = #expect(throws: StokerError.self) { try recipe(("", "out.py")).read() }
        #expect(error?.code == .badInput)
        #expect(error?.description.contains("out.py") == true)
    }

    @Test func aFileThatIsAnInputMustHaveBeenBuiltAsItIs() throws {
        tree.folder("src")
        tree.write("Dockerfile", "FROM scratch\n")
        tree.write("src/a", "A")
        tree.write("notes", "N")
        let reading = try recipe(("", "Dockerfile"), ("src", "a"), ("", "notes")).read()
        func agrees(_ dockerfile: String, _ entries: [InputEntry]) -> Bool {
            reading.agrees(
                with: Inputs(
                    digest: .zero, dockerfile: Array(dockerfile.utf8), entries: entries, contexts: [:]),
                of: tree.image())
        }
        func file(_ path: String, _ text: String) -> InputEntry {
            InputEntry(path: BytePath(path), kind: .file(hash(text)), permissions: 0o644)
        }
        #expect(agrees("FROM scratch\n", [file("src/a", "A"), file("src/b", "B")]))
        #expect(!agrees("FROM scratch\n", [file("src/a", "B"), file("src/b", "A")]))
        #expect(!agrees("FROM other\n", [file("src/a", "A")]))
        let folder = InputEntry(path: BytePath("src/a"), kind: .directory, permissions: 0o755)
        #expect(!agrees("FROM scratch\n", [folder]))
    }
}
