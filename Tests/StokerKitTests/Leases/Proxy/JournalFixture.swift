import Foundation
@testable import StokerCore
@testable import StokerKit
import SystemPackage

/// A journal of a lease that nobody holds, in a folder of its own.
struct JournalFixture: Sendable {
    let lease = LeaseID.random()
    let folder = FilePath("/tmp/stoker-journal-\(UUID().uuidString)")
    let journal: CreationJournal

    init() throws { journal = try CreationJournal(lease, in: folder) }

    /// On a disk that is full.
    private init(full: Void) throws { journal = CreationJournal(try HeldFile("/dev/full", 1)) }

    static func full() throws -> JournalFixture { try JournalFixture(full: ()) }

    /// With a clock that stands still.
    var ledger: CreationLedger {
        CreationLedger(journal: journal) { EngineTime(unixSeconds: 1_795_348_800) }
    }

    func record(_ mark: CreationMark) -> CreationRecord? {
        CreationJournal.record(mark, of: lease, in: folder)
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder.string) }
}
