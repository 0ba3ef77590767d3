import Glibc
@testable import StokerCore
import SystemPackage
import Testing

@Suite struct InputScannerTests {
    let tree = ScratchTree()

    init() { tree.write("Dockerfile", "FROM scratch\nCOPY . /\n") }

    func scan(_ image: ImageSettings? = nil, ownFiles: [FilePath] = []) throws -> Inputs {
        var index = StatIndex()
        return try InputScanner.scan(
            InputPlan(image: image ?? tree.image(), ownFiles: ownFiles), index: &index)
    }

    func paths(_ inputs: Inputs) -> [String] { inputs.entries.map(\.path.description) }

    @Test func theWholeContextIsInput() throws {
        tree.folder("src")
        tree.write("src/a", "text", mode: 0o755)
        tree.link("link", to: "src/a")
        let inputs = try scan()
        #expect(paths(inputs) == ["Dockerfile", "link", "src", "src/a"])
        #expect(inputs.dockerfile == Array("FROM scratch\nCOPY . /\n".utf8))
        #expect(inputs.entries[3] == InputDigesterTests.file("src/a", "text", mode: 0o755))
        #expect(
            inputs.digest
                == InputDigester.digest(
                    image: tree.image(), dockerfile: inputs.dockerfile, ignoreFiles: [:],
                    entries: inputs.entries))
    }

    @Test func twoClonesAgree() throws {
        let clone = ScratchTree()
        for tree in [tree, clone] {
            tree.write("Dockerfile", "FROM scratch\nCOPY . /\n")
            tree.folder("d")
            tree.write("d/f", "x")
        }
        clone.touch("d/f", modified: 1_000_000_000)
        var index = StatIndex()
        #expect(try InputScanner.scan(InputPlan(image: clone.image()), index: &index).digest == scan().digest)
    }

    @Test func theDockerfileCountsEvenWhenItIsIgnored() throws {
        tree.write(".dockerignore", "Dockerfile\n.dockerignore")
        let before = try scan()
        #expect(paths(before) == [])
        tree.write("Dockerfile", "FROM other")
        #expect(try scan().digest != before.digest)
    }

    /// Some builders read `a/b`, then `!a`, as leaving `a/b` out and some do not, so that every file of it counts;
    /// the image may still be another one.
    @Test func theIgnoreFileCountsEvenWhereItLeavesTheSameOut() throws {
        tree.folder("a")
        tree.write("a/b")
        tree.write("Dockerfile", "FROM scratch\nCOPY a /a\n")
        tree.write(".dockerignore", "a/b\n!a\n")
        let before = try scan()
        tree.write(".dockerignore", "")
        let after = try scan()
        #expect(after.entries == before.entries)
        #expect(after.digest != before.digest)
    }

    /// The legacy builder reads `.dockerignore` alone.
    @Test func whichIgnoreFileItIsCounts() throws {
        tree.write("Dockerfile", "FROM scratch\nCOPY a /a\n")
        tree.write("a")
        tree.write(".dockerignore", "b\n")
        let before = try scan()
        ScratchTree.remove(tree.path(".dockerignore"))
        tree.write("Dockerfile.dockerignore", "b\n")
        let after = try scan()
        #expect(after.entries == before.entries)
        #expect(after.digest != before.digest)
    }

    @Test func theIgnoreFileOfAnAdditionalContextCounts() throws {
        tree.folder("n")
        tree.write("n/a")
        tree.write("Dockerfile", "FROM scratch\nCOPY --from=n a /a\n")
        let image = tree.image(buildContexts: ["n": .directory(tree.path("n"))])
        let digests = try ["", "b", "b\n!b"].map { text in
            tree.write("n/.dockerignore", text)
            return try scan(image).digest
        }
        #expect(Set(digests).count == 3)
    }

    @Test func ownFilesAreNoInputs() throws {
        tree.folder("named")
        tree.write(".docker_build.lock")
        tree.write("named/.docker_test_cache.json")
        tree.write("Dockerfile", "FROM scratch\nCOPY . /\nCOPY --from=n . /\n")
        let inputs = try scan(
            tree.image(buildContexts: ["n": .directory(tree.path("named"))]),
            ownFiles: [tree.path(".docker_build.lock"), tree.path("named/.docker_test_cache.json")])
        #expect(paths(inputs) == ["Dockerfile", "named"])
        #expect(inputs.contexts == ["n": .entries([])])
    }

    @Test func additionalContextsCountWithTheirOwnIgnoreFile() throws {
        let other = ScratchTree()
        tree.write("Dockerfile", "FROM scratch\nCOPY --from=n . /\n")
        for name in ["a", "b"] { other.write(name) }
        other.write(".dockerignore", "b\n.dockerignore")
        let image = tree.image(buildContexts: ["n": .directory(other.root), "r": .reference("https://x")])
        let inputs = try scan(image)
        #expect(
            inputs.contexts == [
                "n": .entries([InputDigesterTests.file("a")]), "r": .reference("https://x"),
            ])
        other.write("b", "changed")
        #expect(try scan(image).digest == inputs.digest)
        other.write("a", "changed")
        #expect(try scan(image).digest != inputs.digest)
    }

    @Test func aMissingDockerfileIsAnErrorWithANextStep() throws {
        let error = #expect(throws: StokerError.self) { try scan(tree.image(dockerfile: "No")) }
        #expect(error?.code == .badInput)
        #expect(error?.message == "there is no Dockerfile at \(tree.path("No"))")
        #expect(error?.nextStep != nil)
    }

    @Test(.enabled(if: geteuid() != 0, "root may read everything"))
    func anUnreadableFileIsAnErrorThatNamesIt() throws {
        tree.write("secret", mode: 0)
        let error = #expect(throws: StokerError.self) { try scan() }
        #expect(error?.message.contains("secret") == true)
        tree.write(".dockerignore", "secret")
        #expect(try paths(scan()) == [".dockerignore", "Dockerfile"])
    }

    @Test func aFileThatIsReplacedBetweenWalkAndReadIsNoticed() throws {
        tree.write("a", "1")
        let walked = try ContextWalk(root: tree.root).findings().tree
        var entries: [WalkedTree.FilePlace] = []
        walked.forEach { if $0.path.elementsEqual("a".utf8) { entries.append($0.place) } }
        let root = try OpenFile.directory(at: tree.root)
        let hasher = ContentHasher(root: root.descriptor, rootName: "r", ignoreName: "i")
        #expect(try hasher.hash(entries).count == 1)
        tree.write("b", "2")
        #expect(rename(tree.path("b").string, tree.path("a").string) == 0)
        #expect(throws: InputsMoved.self) { try hasher.hash(entries) }
        for replace in [{ tree.folder("a") }, { tree.link("a", to: "Dockerfile") }, {}] {
            remove(tree.path("a").string)
            replace()
            #expect(throws: InputsMoved.self) { try hasher.hash(entries) }
        }
        remove(tree.path("a").string)
        #expect(mkfifo(tree.path("a").string, 0o600) == 0)
        #expect(throws: InputsMoved.self) { try hasher.hash(entries) }
    }

    @Test func manyFilesAreHashedToTheirOwnDigests() throws {
        for number in 0..<500 { tree.write("f\(number)", "text \(number)") }
        tree.write("big", String(repeating: "0123456789", count: 100_000))
        let inputs = try scan()
        for number in 0..<500 {
            #expect(inputs.entries.contains(InputDigesterTests.file("f\(number)", "text \(number)")))
        }
        #expect(
            inputs.entries.contains(
                InputDigesterTests.file("big", String(repeating: "0123456789", count: 100_000))))
    }

    @Test func whatASecondLookKnowsIsNotReadAgain() throws {
        tree.write("a", "1")
        // Or how young they are would depend on how soon they are read.
        for name in ["a", "Dockerfile"] {
            tree.touch(name, modified: Int64(time(nil) + 86_400) * 1_000_000_000)
        }
        var index = StatIndex()
        _ = try InputScanner.scan(InputPlan(image: tree.image()), index: &index)
        #expect(index.count == 0, "files this young cannot be vouched for")
        // An entry that lies shows that it is believed: nothing else could give this digest.
        let entries = try ContextWalk(root: tree.root).entries()
        let lie = ContentDigest(bytes: [UInt8](repeating: 7, count: 32))
        index.replace(
            context: "", root: Array(tree.root.string.utf8), entries: entries,
            settled: entries.map { $0.path == BytePath("a") ? lie : nil }, capacity: 1)
        let second = try InputScanner.scan(InputPlan(image: tree.image()), index: &index)
        #expect(second.entries.first { $0.path == BytePath("a") }?.kind == lie.map { .file($0) })
    }

    @Test func aScopeSaysWhatCanCount() throws {
        tree.write(".dockerignore", "*\n!src/a\n")
        let plan = try InputPlan(image: tree.image(), ownFiles: [tree.path("src/own")])
        #expect(plan.main.canHoldInput(directory: .root))
        #expect(plan.main.canHoldInput(directory: BytePath("src")))
        #expect(!plan.main.canHoldInput(directory: BytePath("docs")))
        #expect(!plan.main.canHoldInput(directory: BytePath("src/own")))
        #expect(plan.main.isInput(path: BytePath("src/a")))
        #expect(plan.main.isInput(path: BytePath("src/a/deep")))
        #expect(!plan.main.isInput(path: BytePath("src/b")))
        #expect(!plan.main.isInput(path: BytePath("src/a/.stoker-tmp-1")))
        #expect(
            Set(plan.decidingFiles) == [
                tree.path("Dockerfile"), tree.path("Dockerfile.dockerignore"), tree.path(".dockerignore"),
                tree.path("dockerfile"), tree.path("dockerfile.dockerignore"),
            ])
    }
}
