import Foundation
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import StokerCore

/// Numbers that no honest writer gives, in every file that Stoker reads of its own.
@Suite struct HostileNumberTests {
    /// Calls `body` with each variant of a file's line, and requires that the line itself is understood.
    private func eachVariant(of line: [UInt8], _ body: ([UInt8]) throws -> Bool) rethrows {
        #expect(try body(line), "the file as it should be")
        for variant in HostileJSON.variants(of: String(decoding: line, as: UTF8.self)) {
            _ = try body(Array(variant.utf8))
        }
    }

    private func show(_ holder: LockHolder) {
        for now in [holder.since, 0, 1e10, -1e308, 1e308] {
            #expect(holder.story(now: now).utf8.count < 400)
            _ = holder.progress(now: now)
        }
    }

    private static var holder: LockHolder {
        var holder = LockHolder(pid: 7, host: "h", command: "stoker warm", since: 1e9, image: "a:b")
        holder.recent = [1, 2]
        holder.refusal = LockHolder.Refusal(
            digest: "d", engine: "e", message: "m", cause: nil, nextStep: nil, seconds: 2, reason: "r")
        return holder
    }

    @Test func `in a lock file`() {
        eachVariant(of: Self.holder.line) { LockHolder(line: $0).map(show) != nil }
    }

    @Test func `in a marker`() throws {
        let line = MarkerLine(holder: Self.holder, process: LeaseFixture.process(7))
        eachVariant(of: line.bytes) { bytes in
            guard let marker = MarkerLine(bytes) else { return false }
            show(marker.holder)
            _ = marker.process?.fate(isOnLocalDisk: true)
            return true
        }
    }

    @Test func `in a lease`() throws {
        try LeaseFixture.with { folder in
            var lease = Lease(
                id: .random(), project: "/srv/app", commandLine: ["pytest"], engine: "unix:///e.sock",
                socket: "/nowhere")
            lease.owner = ProcessIdentity.current ?? LeaseFixture.process(7)
            lease.command = LeaseFixture.process(8)
            try PrivateDirectory.create(folder)
            let book = LeaseBook(folder: folder)
            try eachVariant(of: lease.line) { line in
                let path = folder.appending(LeaseBook.fileName(lease.id))
                try AtomicFile.write(line, to: path, isDurable: false)
                return book.entries().count == 1
            }
        }
    }

    @Test func `in the journal of creations`() {
        let mark = CreationMark.random(number: 3)
        for number in ["9223372036854775807", "-9223372036854775808", "9223372036854775808", "1e30"] {
            for time in ["\(number).0", "1.\(number)", "\(number).\(number)"] {
                var slot = Array("\(mark.nonce) c \(time)".utf8.prefix(CreationRecord.size - 1))
                slot += Array(repeating: UInt8(ascii: " "), count: CreationRecord.size - 1 - slot.count)
                #expect(CreationRecord(slot: slot + [UInt8(ascii: "\n")], of: mark) == nil)
            }
            let text = "\(number)-\(mark.nonce)"
            guard let hostile = CreationMark(text: text) else { continue }
            #expect(CreationJournal.record(hostile, of: .random(), in: "/nowhere") == nil)
        }
    }

    @Test func `in a record`() throws {
        let folder = FilePath("/tmp/stoker-record-\(UUID().uuidString)")
        mkdir(folder.string, 0o700)
        defer { try? FileManager.default.removeItem(atPath: folder.string) }
        var proof = CacheRecord.Proof(
            digest: "sha256:" + String(repeating: "a", count: 64), imageID: "sha256:b", engineID: "e",
            bases: [BaseImage(reference: "a", imageID: "b")], seconds: 1, reason: "r")
        proof.recentSeconds = [1, 2]
        let file = CacheRecordFile(folder.appending(".docker_test_cache.json"))
        try file.write(CacheRecord(imageName: "a:b", builtAt: 1e9, proof: proof))
        let line = try HeldFile(file.path.string, O_RDONLY).readAll(limit: 1 << 20)
        try eachVariant(of: line) { bytes in
            try AtomicFile.write(bytes, to: file.path, isDurable: false)
            let plain = file.readPlainly()
            let record = file.read().record
            #expect(plain == nil || plain == record, "the short way takes no more than the long one")
            if var proof = record?.proof(for: "a:b") {
                proof.note(recent: proof.recentSeconds, isBuild: true)
            }
            return record != nil
        }
    }

    @Test func `in the list of kept images`() throws {
        var list = KeptList(project: "/srv/app", machine: "m", keep: 5)
        let name = KeptName(digest: .zero, bases: [])
        list.note(name, imageID: "sha256:a")
        eachVariant(of: try list.encoded()) { bytes in
            guard let list = KeptList(bytes) else { return false }
            let fact = KeptRetention.Fact(
                tag: KeptTag(name: name, key: "0123456789abcdef"), imageID: "sha256:a", created: .max)
            _ = KeptRetention.surplus(
                [fact], key: "0123456789abcdef", list: list, keep: list.keep ?? 0, latest: nil)
            return true
        }
    }

    @Test func `in the notes of a build`() throws {
        let cache = FilePath("/tmp/stoker-notes-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: cache.string) }
        let book = ScratchTagBook(cache: cache)
        try PrivateDirectory.create(book.folder)
        let tag = ScratchTag(key: "0123456789abcdef")
        let path = book.folder.appending(tag.name)
        var dead = try #require(ProcessIdentity.current)
        dead.started += 1
        let note = try #require(
            ScratchTagBook.line(for: BuilderWord(.image(BuilderID("aaaaaaaaaaaa")!)), at: 5))
        try eachVariant(of: ScratchTagBook.line(for: dead, engine: "e", began: 5)) { line in
            try AtomicFile.write(line + note, to: path, isDurable: false)
            // Also with a time of its own that no clock shows.
            for seconds in [0, Int.min / 2, Int.max / 2] {
                let times = Array(repeating: timespec(tv_sec: seconds, tv_nsec: 0), count: 2)
                utimensat(AT_FDCWD, path.string, times, 0)
                for build in book.deadBuilds(on: "e") {
                    for now in [0, Int64.min, .max] { _ = StepPolicy.isDue(build, now: now) }
                    for created in [0, Int64.min, .max] {
                        for lag in [0, EngineTime.earliestSeconds, EngineTime.latestSeconds] {
                            _ = StepPolicy.mayBeOf(build, created: created, lag: lag)
                        }
                    }
                }
            }
            return book.fate(of: tag) != .alive
        }
    }

    @Test func `in the labels of what was leased`() {
        let labels = LeaseLabels(
            id: .random(), host: "h", project: "p", user: 7, owner: LeaseFixture.process(7),
            command: LeaseFixture.process(8), created: LeaseFixture.awake(hours: 1),
            creation: .random(number: 1)
        ).labels
        for (name, _) in labels {
            for number in HostileJSON.numbers {
                var changed = labels
                changed[name] = number
                guard let read = LeaseLabels(labels: changed) else { continue }
                _ = LeaseBook(folder: "/nowhere").fate(of: read)
                if let created = read.created {
                    _ = LeaseLabels.Awake(boot: created.boot, nanoseconds: .max).since(created)
                    _ = LeaseLabels.Awake(boot: created.boot, nanoseconds: 0).since(created)
                }
            }
        }
    }
}
