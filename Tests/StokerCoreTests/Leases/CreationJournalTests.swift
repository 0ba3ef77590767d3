import Foundation
import Glibc
import SystemPackage
import Testing

@testable import StokerCore

@Suite struct CreationJournalTests {
    private static let asked = ReapFixture.ago(0, nanoseconds: 123_456_789)

    private func write(_ journal: CreationJournal, _ record: CreationRecord) async -> (any Error)? {
        await withCheckedContinuation { done in journal.write(record) { done.resume(returning: $0) } }
    }

    private func with(_ body: (FilePath, LeaseID, CreationJournal) async throws -> Void) async throws {
        let base = FilePath("/tmp/stoker-journal-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: base.string) }
        let lease = LeaseID.random()
        try await body(base, lease, try CreationJournal(lease, in: base))
    }

    @Test func `what was asked for and what came of it is read again`() async throws {
        try await with { folder, lease, journal in
            for (number, kind) in [LeasedKind.container, .network, .volume].enumerated() {
                var record = CreationRecord(mark: journal.mark(), kind: kind, asked: Self.asked)
                #expect(record.mark.number == number)
                #expect(await write(journal, record) == nil)
                #expect(CreationJournal.record(record.mark, of: lease, in: folder) == record)
                record.id = ReapFixture.id(number)
                #expect(await write(journal, record) == nil)
                #expect(CreationJournal.record(record.mark, of: lease, in: folder) == record)
            }
            let forged = CreationMark(number: 1, nonce: LeaseID.random().text)
            #expect(CreationJournal.record(forged, of: lease, in: folder) == nil)
            #expect(CreationJournal.record(journal.mark(), of: lease, in: folder) == nil)
            let far = CreationMark(number: .max, nonce: LeaseID.random().text)
            #expect(CreationJournal.record(far, of: lease, in: folder) == nil)
            #expect(CreationJournal.record(forged, of: .random(), in: folder) == nil)
        }
    }

    @Test func `a thousand at once all find their places`() async throws {
        try await with { folder, lease, journal in
            let records = (0..<1_000).map { number in
                CreationRecord(
                    mark: journal.mark(), kind: .container, asked: Self.asked, id: ReapFixture.id(number))
            }
            await withTaskGroup(of: Void.self) { group in
                for record in records.shuffled() {
                    group.addTask { #expect(await write(journal, record) == nil) }
                }
            }
            for record in records {
                #expect(CreationJournal.record(record.mark, of: lease, in: folder) == record)
            }
        }
    }

    @Test func `what a full disk does not take is told`() async throws {
        let journal = CreationJournal(try HeldFile("/dev/full", O_WRONLY))
        let record = CreationRecord(mark: journal.mark(), kind: .container, asked: Self.asked)
        let error = await write(journal, record) as? SystemCallError
        #expect(error?.errno == .noSpace)
    }

    @Test func `a slot that is torn, cut off or another's proves nothing`() throws {
        let mark = CreationMark(number: 0, nonce: LeaseFixture.id(1).text)
        let record = CreationRecord(mark: mark, kind: .volume, asked: Self.asked, id: ReapFixture.id(1))
        let slot = record.slot
        #expect(slot.count == CreationRecord.size)
        #expect(CreationRecord(slot: slot, of: mark) == record)
        for length in 0..<slot.count {
            #expect(CreationRecord(slot: Array(slot[..<length]), of: mark) == nil)
            let zeroed = slot[..<length] + Array(repeating: 0, count: slot.count - length)
            #expect(CreationRecord(slot: Array(zeroed), of: mark) == nil)
        }
        #expect(
            CreationRecord(slot: slot, of: CreationMark(number: 0, nonce: LeaseFixture.id(2).text)) == nil)
        for position in 0..<(slot.count - 1) {
            var damaged = slot
            damaged[position] = UInt8(ascii: "!")
            if let read = CreationRecord(slot: damaged, of: mark) {
                Issue.record("\(position): \(read)")
            }
        }
    }

    @Test func `a lease that ends takes its journal along`() throws {
        try LeaseFixture.with { folder in
            var lease = Lease(
                id: .random(), project: "/p", commandLine: ["true"], engine: "unix:///e", socket: "/nowhere")
            lease.owner?.started += 1
            let held = try HeldLease(lease, in: folder)
            let path = CreationJournal.path(lease.id, in: folder).string
            #expect(access(path, F_OK) == 0)
            held.remove()
            #expect(access(path, F_OK) != 0)
            let left = try HeldLease(lease, in: folder)
            left.letGo()
            let book = LeaseBook(folder: folder)
            book.remove(try #require(book.entry(lease.id)))
            #expect(access(path, F_OK) != 0)
        }
    }
}
