import Glibc
@testable import StokerCore
import SystemPackage
import Testing

/// What counts of a tree, by what the Dockerfile copies.
@Suite struct ReadScopeTests {
    let tree = ScratchTree()

    init() {
        for folder in ["src", "src/deep", "docs", "real", "real/in"] { tree.folder(folder) }
        for file in ["a", "b.txt", "src/a.py", "src/b.txt", "src/deep/c.py", "docs/d", "real/in/e", "real/f"]
        {
            tree.write(file)
        }
        tree.link("link", to: "real")
        tree.link("src/up", to: "../docs/d")
        tree.link("out", to: "../../../etc/passwd")
        tree.link("absolute", to: "/real/in")
        tree.link("first", to: "second")
        tree.link("second", to: "real/f")
        tree.link("self", to: "self")
        tree.link("bumpy", to: "src/../real")
    }

    func inputs(_ instructions: String, ignoring lines: String? = nil) throws -> [String] {
        tree.write("Dockerfile", "FROM scratch\n\(instructions)\n")
        if let lines { tree.write(".dockerignore", lines) }
        let look = try InputPlan(image: tree.image()).main.look()
        return look.entries.map(\.path.description).filter { $0 != "Dockerfile" && $0 != ".dockerignore" }
    }

    @Test(
        arguments: [
            ("", []),
            ("COPY a /", ["a"]),
            ("COPY a b.txt missing /", ["a", "b.txt"]),
            ("COPY src /", ["src", "src/a.py", "src/b.txt", "src/deep", "src/deep/c.py", "src/up"]),
            ("COPY src/deep/ /", ["src/deep", "src/deep/c.py"]),
            ("COPY *.txt /", ["b.txt"]),
            ("COPY src/*.py /", ["src/a.py"]),
            // A link may become a folder: those that the wildcard takes count too.
            ("COPY s*/*.txt /", ["second", "self", "src/b.txt"]),
            ("COPY s?c/deep /", ["src/deep", "src/deep/c.py"]),
            ("COPY ../../a /", ["a"]),
        ] as [(String, [String])])
    func onlyTheSourcesCount(instructions: String, expected: [String]) throws {
        #expect(try inputs(instructions) == expected)
    }

    @Test(
        arguments: [
            ("COPY link/f /", ["link", "real/f"]),
            ("COPY link /", ["link", "real", "real/f", "real/in", "real/in/e"]),
            ("COPY link/in/* /", ["link", "real/in/e"]),
            ("COPY out /", ["out"]),
            ("COPY absolute/e /", ["absolute", "real/in/e"]),
            ("COPY first /", ["first", "real/f", "second"]),
            ("COPY self /", ["self"]),
            ("COPY src/up /", ["docs/d", "src/up"]),
        ] as [(String, [String])])
    func linksInSourcesAreFollowedInsideTheContext(instructions: String, expected: [String]) throws {
        #expect(try inputs(instructions) == expected)
    }

    /// What `src/..` is depends on what `src` is when the builder looks.
    @Test func aLinkThatGoesUpAgainReadsEverything() throws {
        #expect(try inputs("COPY bumpy /") == inputs("COPY . /"))
    }

    /// Links below a source are copied as links.
    @Test func linksBelowASourceAreNotFollowed() throws {
        #expect(try !inputs("COPY src /").contains("docs/d"))
    }

    /// A source inside another one is followed nevertheless.
    @Test func aLinkInsideAWholeFolderIsFollowedForASourceOfItsOwn() throws {
        #expect(try inputs("COPY src /\nCOPY src/up /up").contains("docs/d"))
    }

    @Test func whatIsIgnoredIsNotRead() throws {
        #expect(
            try inputs("COPY src /", ignoring: "**/*.py\n") == ["src", "src/b.txt", "src/deep", "src/up"])
        #expect(try inputs("COPY link/f /", ignoring: "real\n") == ["link"])
    }

    @Test func foldersOnTheWayDoNotCount() throws {
        let before = try digest("COPY src/deep/c.py /")
        #expect(chmod(tree.path("src").string, 0o700) == 0)
        #expect(try digest("COPY src/deep/c.py /") == before)
        #expect(chmod(tree.path("src/deep/c.py").string, 0o600) == 0)
        #expect(try digest("COPY src/deep/c.py /") != before)
    }

    @Test func withParentsTheyDo() throws {
        #expect(
            try inputs("COPY --parents src/deep/c.py missing/x /") == ["src", "src/deep", "src/deep/c.py"])
    }

    @Test func exclusionsLeaveOutWhatTheyNameBothWays() throws {
        #expect(
            try inputs("COPY --exclude=**/*.py src /") == ["src", "src/b.txt", "src/deep", "src/up"])
        // Relative to the source it excludes, relative to the context it does not: it stays.
        #expect(try inputs("COPY --exclude=b.txt src /").contains("src/b.txt"))
    }

    func digest(_ instructions: String) throws -> ContentDigest {
        tree.write("Dockerfile", "FROM scratch\n\(instructions)\n")
        var index = StatIndex()
        return try InputScanner.scan(InputPlan(image: tree.image()), index: &index).digest
    }

    /// What a watcher is told must hold for every input that the walk finds.
    @Test(arguments: ["COPY src/deep /", "COPY src/*.py b.txt /", "COPY . /"])
    func theWatchersScopeHoldsEveryInput(instructions: String) throws {
        tree.write("Dockerfile", "FROM scratch\n\(instructions)\n")
        let scope = try InputPlan(image: tree.image()).main
        for entry in try scope.look().entries {
            #expect(scope.isInput(path: entry.path))
            #expect(try scope.canHoldInput(directory: #require(entry.path.parent)))
        }
        #expect(scope.canHoldInput(directory: BytePath("docs")) == (instructions == "COPY . /"))
    }

    @Test func whereLinksAreInTheWayAWatcherWatchesEverything() throws {
        tree.write("Dockerfile", "FROM scratch\nCOPY link/f /\n")
        let scope = try InputPlan(image: tree.image()).main
        #expect(scope.forWatching().isInput(path: BytePath("docs/d")))
        #expect(!scope.isInput(path: BytePath("docs/d")))
        #expect(scope.followsLinks(at: BytePath("link")))
        tree.write("Dockerfile", "FROM scratch\nCOPY src /\n")
        let plain = try InputPlan(image: tree.image()).main
        #expect(plain.forWatching() == plain)
        #expect(!plain.followsLinks(at: BytePath("src/up")))
    }
}
