import Foundation
import Glibc
import SystemPackage
import Testing

@testable import StokerCore

/// Whose a tag is, and what Stoker has put there.
@Suite struct TagBookTests {
    private let fixture: ConfigurationFixture
    private let cache: FilePath
    private let book: TagBook

    init() throws {
        fixture = try ConfigurationFixture()
        cache = fixture.base.appending("cache")
        book = TagBook(cache: cache)
    }

    private func project(_ name: String) throws -> FilePath {
        let folder = fixture.base.appending(name)
        try fixture.folder(folder)
        return folder
    }

    private func claim(_ root: FilePath) -> String {
        book.claim(DefaultTags(root: root, image: "default"), for: TagOwner(project: root))
    }

    @Test func theFirstHasThePlainTagAndEachOtherOneOfItsOwn() throws {
        let roots = try ["1/app", "2/app", "3/app"].map(project)
        let tags = roots.map(claim)
        #expect(tags[0] == "app-test:latest")
        #expect(Set(tags).count == 3)
        #expect(tags[1].hasPrefix("app-test-") && tags[1].hasSuffix(":latest") && tags[1].count == 24)
        #expect(roots.map(claim) == tags)
        // What is written into a configuration without asking is the same.
        let user = UserSettings(file: fixture.userFile, home: fixture.home, cache: cache)
        #expect(try roots.map { try ProjectSettings.load(root: $0, user: user).images[0].tag } == tags)
    }

    @Test func aTagOfAProjectThatIsGoneIsFreeAndTheOthersKeepTheirs() throws {
        let roots = try ["1/app", "2/app", "3/app"].map(project)
        let second = [claim(roots[0]), claim(roots[1])][1]
        try FileManager.default.removeItem(atPath: roots[0].string)
        #expect(claim(roots[1]) == second)
        #expect(claim(roots[2]) == "app-test:latest")
        // One that comes back finds another there.
        try fixture.folder(roots[0])
        #expect(claim(roots[0]) != "app-test:latest")
    }

    @Test func aProjectThatIsMovedHasItsTagStill() throws {
        let old = try project("1/app")
        let other = try project("2/app")
        _ = claim(old)
        let new = try project("moved").appending("app")
        #expect(rename(old.string, new.string) == 0)
        #expect(claim(new) == "app-test:latest")
        #expect(claim(other) != "app-test:latest")
        // A link in the old place is not the folder.
        let last = try project("last").appending("app")
        #expect(rename(new.string, last.string) == 0)
        try fixture.link(new, to: last.string)
        #expect(claim(last) == "app-test:latest")
    }

    @Test func theFolderOfAnotherMachineCannotBeMissedHere() throws {
        let root = try project("1/app")
        var owner = TagOwner(project: fixture.base.appending("nowhere/app"))
        #expect(owner.isGone)
        owner.machine = "another"
        #expect(!owner.isGone)
        _ = book.claim(DefaultTags(root: root, image: "default"), for: owner)
        #expect(claim(root) != "app-test:latest")
    }

    @Test func ofManyAtOnceOneHasThePlainTag() async throws {
        let roots = try (0..<50).map { try project("\($0)/app") }
        let tags = await withTaskGroup(of: String.self) { group in
            for root in roots + roots {
                group.addTask { [book] in
                    book.claim(DefaultTags(root: root, image: "default"), for: TagOwner(project: root))
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(tags).count == 50)
        #expect(tags.filter { $0 == "app-test:latest" }.count == 2)
    }

    @Test func oneTagHasOneEntryHoweverItIsWritten() throws {
        let owner = TagOwner(project: try project("app"))
        try book.note(imageID: "sha256:1", on: "docker.io/library/app", by: owner)
        for name in ["app", "app:latest", "index.docker.io/app:latest", "localhost/app", "library/app"] {
            #expect(book.entry(of: name)?.images == ["sha256:1"], "\(name)")
        }
        #expect(book.entry(of: "app:1") == nil)
        #expect(book.knows(imageID: "sha256:1"))
        #expect(!book.knows(imageID: "sha256:2"))
    }

    @Test func imagesAreRememberedUpToALimitAndWhoeverPutThem() throws {
        let (owner, other) = (
            TagOwner(project: try project("app")), TagOwner(project: try project("other"))
        )
        for number in 0..<150 {
            try book.note(imageID: "sha256:\(number)", on: "app:1", by: number % 2 == 0 ? owner : other)
        }
        let entry = try #require(book.entry(of: "app:1"))
        #expect(entry.owner == owner)
        #expect(entry.images == (50..<150).reversed().map { "sha256:\($0)" })
        try book.note(imageID: "sha256:60", on: "app:1", by: owner)
        #expect(book.entry(of: "app:1")?.images.prefix(2) == ["sha256:60", "sha256:149"])
    }

    @Test func whatCannotBeReadIsUnknownAndWrittenAnew() throws {
        let root = try project("app")
        _ = claim(root)
        let folder = cache.appending("tags")
        let name = try #require(
            try FileManager.default.contentsOfDirectory(atPath: folder.string).first { $0 != "lock" })
        for damage in ["", "{", "{\"version\": 2}", "[]"] {
            try fixture.write(damage, folder.appending(name))
            #expect(book.entry(of: "app-test:latest") == nil)
            #expect(claim(root) == "app-test:latest")
            #expect(book.isOwned("app-test:latest", by: TagOwner(project: root)))
        }
    }

    @Test func whereNothingCanBeWrittenAChoiceIsMadeAllTheSame() throws {
        try fixture.write("no folder", cache)
        #expect(claim(try project("app")) == "app-test:latest")
    }

    /// An image's name is part of both.
    @Test func imagesOfOneProjectHaveTagsOfTheirOwn() throws {
        let root = try project("app")
        let tags = DefaultTags(root: root, image: "slim")
        #expect(tags.plain == "app-test-slim:latest")
        #expect(tags.own.hasPrefix("app-test-slim-") && tags.own.count == tags.plain.count + 9)
    }
}
