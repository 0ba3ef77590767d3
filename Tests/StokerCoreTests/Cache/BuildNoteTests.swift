import Foundation
import Glibc
import SystemPackage
import Testing

@testable import StokerCore

/// What a build writes down of its steps, and what is made of it when it is dead.
@Suite struct BuildNoteTests {
    private static let engine = "unix:///engine.sock"
    private static let (a, b) = (BuilderID("aaaaaaaaaaaa")!, BuilderID("bbbbbbbbbbbb")!)

    private func with(_ body: (ScratchTagBook, ScratchTag) throws -> Void) throws {
        let folder = "/tmp/stoker-notes-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(ScratchTagBook(cache: FilePath(folder)), ScratchTag(key: "0123456789abcdef"))
    }

    private func hold(_ tag: ScratchTag, _ book: ScratchTagBook) throws -> HeldScratchTag {
        try HeldScratchTag(tag, in: book.folder, engine: Self.engine)
    }

    private func path(_ tag: ScratchTag, _ book: ScratchTagBook) -> String {
        book.folder.appending(tag.name).string
    }

    private func files(_ book: ScratchTagBook) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: book.folder.string)
    }

    /// One whose process was killed: nobody holds it, and its process's number is another's.
    private func leave(_ tag: ScratchTag, _ book: ScratchTagBook, _ more: String) throws {
        var owner = try #require(ProcessIdentity.current)
        owner.started += 1
        let line = ScratchTagBook.line(for: owner, engine: Self.engine, began: 7)
        try PrivateDirectory.create(book.folder)
        let file = try HeldFile(path(tag, book), O_WRONLY | O_CREAT | O_TRUNC)
        try file.writeAll(line + Array(more.utf8))
    }

    @Test(arguments: ["", "0123456789a", "0123456789abc", "0123456789aB", "0123456789ag", " 123456789ab"])
    func onlyTwelveDigitsAreAnID(text: String) { #expect(BuilderID(text) == nil) }

    @Test func anIDBeginsContainersAndImages() {
        #expect(Self.a.begins(String(repeating: "a", count: 64)))
        #expect(Self.a.begins("sha256:" + String(repeating: "a", count: 64)))
        #expect(!Self.a.begins("b" + String(repeating: "a", count: 63)))
        #expect(!Self.a.begins("aaaaaaaaaaa"))
    }

    @Test func aBuildThatLivesIsNotTold() throws {
        try with { book, tag in
            let held = try hold(tag, book)
            held.note(BuilderWord(.image(Self.a)))
            #expect(book.deadBuilds(on: Self.engine) == [])
            #expect(book.fate(of: tag) == .alive)
            withExtendedLifetime(held) {}
        }
    }

    @Test func anEndWithoutAnImageLeavesItsStepsAlsoWhileTheProcessLives() throws {
        try with { book, tag in
            do {
                let held = try hold(tag, book)
                held.note(BuilderWord(.container(Self.a)))
                held.note(BuilderWord(.removed(Self.a)))
                held.note(BuilderWord(.image(Self.b)))
                held.end(isPublished: false)
                #expect(book.deadBuilds(on: Self.engine) == [], "until it lets the file go")
            }
            let build = try #require(book.deadBuilds(on: Self.engine).first)
            #expect(build.tag == tag && build.how == "it ended without an image")
            #expect(build.containers == [Self.a] && build.images == [Self.b])
            #expect(build.evidence[Self.a]?.isCertain == true && build.evidence[Self.b]?.isCertain == true)
            #expect(build.evidence.values.allSatisfy { abs($0.at - build.began) < 600 })
            #expect(abs(build.began - WallClock.nanoseconds() / 1_000_000_000) < 600)
            #expect(book.fate(of: tag) == .dead("it ended without an image"))
            #expect(book.deadBuilds(on: "tcp://other:1") == [])
            book.forget(tag)
            #expect(book.deadBuilds(on: Self.engine) == [build], "its tag is not all that it left")
            book.forget(build)
            #expect(try files(book) == [])
        }
    }

    @Test(arguments: [true, false]) func whatLeavesNothingLeavesNoFile(isPublished: Bool) throws {
        try with { book, tag in
            let held = try hold(tag, book)
            held.note(BuilderWord(.container(Self.a)))
            held.note(BuilderWord(.removed(Self.a)))
            if isPublished { held.note(BuilderWord(.image(Self.b))) }
            held.end(isPublished: isPublished)
            #expect(try files(book) == [])
        }
    }

    @Test(
        arguments: [
            ("", [], []), ("\n", [], []), (#"{"image":"bbbbbbbbbbbb"}"#, [], []),
            ("{\"image\":\"bbbbbbbbbbbb\"}\n", [], ["bbbbbbbbbbbb"]),
            ("{\"image\":\"bbbbbbbbbbbb\"}\n{\"container\":\"aaaaaa", [], ["bbbbbbbbbbbb"]),
            // A full disk tore the first, and the second came right after it.
            (
                "{\"image\":\"bbbb{\"image\":\"bbbbbbbbbbbb\"}\n{\"container\":\"aaaaaaaaaaaa\"}\n",
                ["aaaaaaaaaaaa"], []
            ),
            ("image bbbbbbbbbbbb\n[1]\n{\"image\":1}\n{\"image\":\"b\"}\n{\"other\":true}\n", [], []),
            ("\0\0\0\0\n{\"image\":\"bbbbbbbbbbbb\",\"more\":[]}\n", [], ["bbbbbbbbbbbb"]),
        ] as [(String, [String], [String])])
    func whatIsTornOrForeignIsPassedOver(text: String, containers: [String], images: [String]) throws {
        try with { book, tag in
            try leave(tag, book, text)
            let builds = book.deadBuilds(on: Self.engine)
            #expect(builds.flatMap(\.containers).map(\.description) == containers)
            #expect(builds.flatMap(\.images).map(\.description) == images)
            #expect(builds.allSatisfy { $0.began == 7 && $0.how.hasPrefix("its process has ended") })
            guard case .dead = book.fate(of: tag) else {
                Issue.record("its tag is a dead build's all the same")
                return
            }
        }
    }

    @Test func aFileThatProvesNothingIsNobodys() throws {
        try with { book, tag in
            let note = "{\"image\":\"bbbbbbbbbbbb\"}\n"
            try leave(tag, book, note)
            let path = path(tag, book)
            for text in ["", note, "{}\n" + note, "\n" + note + "{\"ended\":true}\n"] {
                try HeldFile(path, O_WRONLY | O_TRUNC).writeAll(Array(text.utf8))
                #expect(book.deadBuilds(on: Self.engine) == [], "\(text)")
            }
            try leave(tag, book, note)
            #expect(book.deadBuilds(on: Self.engine).count == 1)
            #expect(rename(path, path + "-other") == 0)
            #expect(book.deadBuilds(on: Self.engine) == [], "not the name of a tag")
            #expect(symlink(path + "-other", path) == 0)
            #expect(book.deadBuilds(on: Self.engine) == [])
        }
    }

    @Test(arguments: [Int64.min, -1, 1 << 40, .max]) func aBeginningThatNoClockShowsIsNone(began: Int64)
        throws
    {
        try with { book, tag in
            try leave(tag, book, "{\"image\":\"bbbbbbbbbbbb\"}\n")
            let path = path(tag, book)
            let text = String(decoding: try HeldFile(path, O_RDONLY).readAll(limit: 1 << 10), as: UTF8.self)
            let other = text.replacing("\"began\":7", with: "\"began\":\(began)")
            try HeldFile(path, O_WRONLY | O_TRUNC).writeAll(Array(other.utf8))
            #expect(other != text && book.deadBuilds(on: Self.engine) == [])
        }
    }

    @Test func whileABuildLivesThatIsTold() throws {
        try with { book, tag in
            #expect(!book.hasLiving)
            try leave(tag, book, "")
            #expect(!book.hasLiving)
            let held = try hold(ScratchTag(key: "0123456789abcdef"), book)
            #expect(book.hasLiving)
            held.remove()
            #expect(!book.hasLiving)
        }
    }

    @Test func aFileNeverGrowsBeyondWhatIsRead() throws {
        try with { book, tag in
            do {
                let held = try hold(tag, book)
                for number in 0..<5_000 {
                    let digits = String(number, radix: 16)
                    let id = try #require(
                        BuilderID(String(repeating: "0", count: 12 - digits.count) + digits))
                    held.note(BuilderWord(.image(id)))
                }
                held.end(isPublished: false)
            }
            #expect(try #require(try FileStatus.of(path(tag, book))).size <= ScratchTagBook.sizeLimit)
            #expect(try #require(book.deadBuilds(on: Self.engine).first).images.count > 2_000)
        }
    }

    @Test func whatIsKnownOfAWordIsNotedWithIt() throws {
        try with { book, tag in
            do {
                let held = try hold(tag, book)
                held.note(BuilderWord(.container(Self.a), on: Self.b))
                held.note(BuilderWord(.image(Self.b), isCertain: false))
                held.end(isPublished: false)
            }
            let build = try #require(book.deadBuilds(on: Self.engine).first)
            #expect(build.evidence[Self.a]?.parent == Self.b && build.evidence[Self.a]?.isCertain == true)
            #expect(build.evidence[Self.b]?.parent == nil && build.evidence[Self.b]?.isCertain == false)
        }
    }

    @Test(arguments: [
        #"{"image":"bbbbbbbbbbbb"}"#, #"{"image":"bbbbbbbbbbbb","certain":true}"#,
        #"{"image":"bbbbbbbbbbbb","certain":true,"at":-1}"#,
        #"{"image":"bbbbbbbbbbbb","certain":true,"at":9223372036854775807}"#,
    ]) func ofAWordWithoutATimeNothingIsKnown(line: String) throws {
        try with { book, tag in
            try leave(tag, book, line + "\n")
            let build = try #require(book.deadBuilds(on: Self.engine).first)
            #expect(build.images == [Self.b] && build.evidence.isEmpty)
        }
    }
}
