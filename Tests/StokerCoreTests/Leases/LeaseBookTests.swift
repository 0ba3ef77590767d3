import Foundation
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import StokerCore

@Suite struct LeaseBookTests {
    private static func lease(_ id: LeaseID = .random(), socket: String = "/nowhere") -> Lease {
        Lease(
            id: id, project: "/srv/app", commandLine: ["pytest", "-n", "8"], engine: "unix:///e.sock",
            socket: socket)
    }

    /// A process that has ended, and whose number is nobody's or another's.
    private static func ended() throws -> ProcessIdentity {
        var identity = try #require(ProcessIdentity.current)
        // We have that number, and began at another time.
        identity.started += 1
        return identity
    }

    @Test func `a held lease is alive until it is let go`() throws {
        try LeaseFixture.with { folder in
            let book = LeaseBook(folder: folder)
            #expect(book.entries() == [])
            var lease = Self.lease()
            lease.owner = try Self.ended()
            let held = try HeldLease(lease, in: folder)
            let labels = held.lease.labels(user: geteuid(), now: .now)
            // The lock alone says so, also to those who cannot see the process.
            #expect(book.fate(of: labels) == .alive)
            #expect(book.entries().map(\.fate) == [.alive])
            held.letGo()
            #expect(book.fate(of: labels).isDead)
            #expect(book.dead(on: "unix:///e.sock").map(\.lease.id) == [lease.id])
            #expect(book.dead(on: "unix:///other.sock") == [])
        }
    }

    @Test func `a lease lives as long as its command does`() throws {
        try LeaseFixture.with { folder in
            var lease = Self.lease()
            lease.owner = try Self.ended()
            let held = try HeldLease(lease, in: folder)
            try held.note(command: try #require(ProcessIdentity.current))
            held.letGo()
            let entry = try #require(LeaseBook(folder: folder).entry(lease.id))
            #expect(entry.fate == .alive)
            #expect(entry.lease.command == ProcessIdentity.current)
        }
    }

    @Test func `without its file the labels decide, but not over another boot`() throws {
        try LeaseFixture.with { folder in
            let book = LeaseBook(folder: folder)
            var lease = Self.lease()
            lease.owner = try Self.ended()
            #expect(book.fate(of: lease.labels(user: geteuid(), now: .now)).isDead)
            lease.command = ProcessIdentity.current
            #expect(book.fate(of: lease.labels(user: geteuid(), now: .now)) == .alive)
            lease.command = nil
            lease.owner?.boot = "another"
            let fate = book.fate(of: lease.labels(user: geteuid(), now: .now))
            guard case .unknown = fate else { return #expect(fate == .unknown("")) }
        }
    }

    @Test func `with its file on this machine's disk a lease of another boot is dead`() throws {
        try LeaseFixture.with { folder in
            var lease = Self.lease()
            lease.owner = ProcessIdentity.current
            lease.owner?.boot = "another"
            try HeldLease(lease, in: folder).letGo()
            #expect(try #require(LeaseBook(folder: folder).entry(lease.id)).fate.isDead)
        }
    }

    @Test func `on an engine that others share another boot proves nothing`() throws {
        try LeaseFixture.with { folder in
            var lease = Self.lease()
            lease.engine = "tcp://build-1:2375"
            lease.owner = ProcessIdentity.current
            lease.owner?.boot = "another"
            // As on a copy of the machine that began it, which may still run it.
            try HeldLease(lease, in: folder).letGo()
            let book = LeaseBook(folder: folder)
            let fate = try #require(book.entry(lease.id)).fate
            guard case .unknown = fate else { return #expect(fate == .unknown("")) }
            #expect(book.dead(on: lease.engine) == [])
        }
    }

    @Test func `another user's is theirs, and another machine's is unknown`() throws {
        try LeaseFixture.with { folder in
            let book = LeaseBook(folder: folder)
            var lease = Self.lease()
            lease.owner = try Self.ended()
            #expect(book.fate(of: lease.labels(user: 4_000_000, now: .now)) == .foreign(4_000_000))
            lease.owner?.machine = String(repeating: "b", count: 64)
            let fate = book.fate(of: lease.labels(user: 4_000_000, now: .now))
            guard case .unknown = fate else { return #expect(fate == .unknown("")) }
        }
    }

    @Test func `one that its owner has ended is dead for that owner`() throws {
        try LeaseFixture.with { folder in
            let lease = Self.lease()
            let held = try HeldLease(lease, in: folder)
            let labels = held.lease.labels(user: geteuid(), now: .now)
            #expect(LeaseBook(folder: folder, ended: [lease.id]).fate(of: labels).isDead)
            #expect(LeaseBook(folder: folder).fate(of: labels) == .alive)
        }
    }

    @Test func `only dead ones can be removed, with their sockets and nothing else`() throws {
        try LeaseFixture.with { folder in
            let book = LeaseBook(folder: folder)
            let file = folder.removingLastComponent().appending("mine")
            var lease = Self.lease(socket: file.string)
            lease.owner = try Self.ended()
            let held = try HeldLease(lease, in: folder)
            FileWriter.shared.write("mine".utf8, to: file.string.utf8, .replacing)
            let alive = try #require(book.entry(lease.id))
            book.remove(alive)
            #expect(book.entry(lease.id) == alive)
            held.letGo()
            book.remove(alive)
            #expect(book.entry(lease.id) == nil)
            #expect(access(file.string, F_OK) == 0)
        }
    }

    @Test func `what is in the folder and no lease is left alone`() throws {
        try LeaseFixture.with { folder in
            let lease = Self.lease()
            let held = try HeldLease(lease, in: folder)
            for (name, text) in [
                ("notes.txt", "x"), ("\(LeaseID.random().text).json", "{}"),
                ("\(LeaseID.random().text).json", String(decoding: lease.line, as: UTF8.self)),
            ] {
                FileWriter.shared.write(text.utf8, to: folder.appending(name).string.utf8, .replacing)
            }
            symlink("/etc/passwd", folder.appending("\(LeaseID.random().text).json").string)
            #expect(LeaseBook(folder: folder).entries().map(\.lease.id) == [lease.id])
            held.remove()
            #expect(LeaseBook(folder: folder).entries() == [])
        }
    }
}
