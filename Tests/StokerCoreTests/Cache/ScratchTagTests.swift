import Foundation
import Glibc
import SystemPackage
import Testing

@testable import StokerCore

@Suite struct ScratchTagTests {
    private static let key = "0123456789abcdef"

    @Test(arguments: ["1", "0123456789abcdef", "ff"])
    func whatIsMadeIsRead(random: String) throws {
        let tag = try #require(ScratchTag("stoker-build:\(Self.key)-\(random)"))
        #expect(tag.key == Self.key)
        #expect(tag.reference == "stoker-build:\(Self.key)-\(random)")
        let new = ScratchTag(key: Self.key)
        #expect(ScratchTag(new.reference) == new)
    }

    @Test(arguments: [
        "stoker-build", "stoker-build:", "stoker-build:\(key)", "stoker-build:\(key)-",
        "stoker-build:\(key)-G", "stoker-build:\(key)-F", "stoker-build:\(key)-1-2",
        "stoker-build:\(key)-0123456789abcdef0", "stoker-build:x\(key)-1", "stoker-build:\(key.dropLast())-1",
        "my/stoker-build:\(key)-1", "stoker-build2:\(key)-1", "stoker-kept:\(key)-1",
        "stoker-build:\(key)-1\n",
    ])
    func whatMerelyResemblesOneIsSomebodyElses(reference: String) {
        #expect(ScratchTag(reference) == nil)
    }

    private func with(_ body: (ScratchTagBook, ScratchTag) throws -> Void) throws {
        let folder = "/tmp/stoker-builds-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(ScratchTagBook(cache: FilePath(folder)), ScratchTag(key: Self.key))
    }

    private func isUnknown(_ fate: ProcessFate) -> Bool { if case .unknown = fate { true } else { false } }
    private func isDead(_ fate: ProcessFate) -> Bool { if case .dead = fate { true } else { false } }

    @Test func aBuildLivesUntilItIsOverAndThenNothingIsKnownOfIt() throws {
        try with { book, tag in
            #expect(isUnknown(book.fate(of: tag)))
            let held = try HeldScratchTag(tag, in: book.folder)
            #expect(book.fate(of: tag) == .alive)
            #expect(isUnknown(book.fate(of: ScratchTag(key: Self.key))), "another one of the same image")
            held.remove()
            #expect(isUnknown(book.fate(of: tag)))
            #expect(try FileManager.default.contentsOfDirectory(atPath: book.folder.string) == [])
        }
    }

    /// As a file that a killed process leaves: nobody holds it.
    private func leave(_ book: ScratchTagBook, _ tag: ScratchTag, _ owner: ProcessIdentity?) throws {
        let held = try HeldScratchTag(tag, in: book.folder)
        withExtendedLifetime(held) {}
        let file = try HeldFile(book.folder.appending(tag.name).string, O_WRONLY | O_TRUNC)
        try file.writeAll(ScratchTagBook.line(for: owner))
    }

    @Test func whatIsProvedOfItsProcessDecides() throws {
        try with { book, tag in
            var owner = try #require(ProcessIdentity.current)
            try leave(book, tag, owner)
            #expect(book.fate(of: tag) == .alive)
            // Our number, of one that began at another time.
            owner.started += 1
            try leave(book, tag, owner)
            #expect(isDead(book.fate(of: tag)))
            owner.boot = "another"
            try leave(book, tag, owner)
            #expect(isDead(book.fate(of: tag)), "on this machine's own disk")
            owner.machine = "another"
            try leave(book, tag, owner)
            #expect(isUnknown(book.fate(of: tag)))
            try leave(book, tag, nil)
            #expect(isUnknown(book.fate(of: tag)))
        }
    }

    @Test func whatIsNoFileOfOursProvesNothing() throws {
        try with { book, tag in
            var owner = try #require(ProcessIdentity.current)
            owner.started += 1
            try leave(book, tag, owner)
            let path = book.folder.appending(tag.name).string
            #expect(link(path, book.folder.appending("other").string) == 0)
            #expect(isUnknown(book.fate(of: tag)))
            #expect(rename(book.folder.appending("other").string, path + "0") == 0 && unlink(path) == 0)
            #expect(symlink(path + "0", path) == 0)
            #expect(isUnknown(book.fate(of: tag)))
        }
    }

    @Test func onlyTheDeadAreForgottenAndOnlyAfterLong() throws {
        try with { book, tag in
            var owner = try #require(ProcessIdentity.current)
            owner.started += 1
            try leave(book, tag, owner)
            let living = ScratchTag(key: Self.key)
            let held = try HeldScratchTag(living, in: book.folder)
            defer { held.remove() }
            let status = try #require(try FileStatus.of(book.folder.appending(tag.name).string))
            let week: Int64 = 7 * 86_400 * 1_000_000_000
            let path = book.folder.appending(tag.name).string
            let nameless = book.folder.appending(AtomicFile.scratchPrefix + tag.name).string
            _ = try HeldFile(nameless, O_WRONLY | O_CREAT | O_EXCL)
            book.forgetOld(now: status.modified + week)
            #expect(isDead(book.fate(of: tag)))
            #expect(access(nameless, F_OK) == 0 && access(path, F_OK) == 0)
            book.forgetOld(now: status.modified + 2 * week)
            #expect(isUnknown(book.fate(of: tag)))
            #expect(access(nameless, F_OK) != 0)
            #expect(book.fate(of: living) == .alive)
        }
    }
}
