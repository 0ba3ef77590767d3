import Dispatch
import Glibc
import Synchronization
import SystemPackage

/// Which creations went to the engine under a lease, and what it has answered: that alone proves afterwards what the
/// lease owns. Written to the disk before the engine hears of a creation, and before the client hears of the answer.
///
/// Those who wait at the same time share one flush of the disk.
public final class CreationJournal: Sendable {
    private struct Entry {
        var record: CreationRecord
        var done: @Sendable ((any Error)?) -> Void
    }

    private let file: HeldFile
    private let queue = DispatchQueue(label: "stoker.creations")
    private let state = Mutex((next: 0, waiting: [Entry]()))

    private static let folder = "creations"

    static func path(_ lease: LeaseID, in folder: FilePath) -> FilePath {
        // A folder of its own: who watches the leases is not woken by each creation.
        folder.appending(CreationJournal.folder).appending(lease.text)
    }

    /// A new one.
    ///
    /// - Parameter folder: of all leases of the user.
    /// - Throws: `StokerError`.
    convenience init(_ lease: LeaseID, in folder: FilePath) throws {
        let path = CreationJournal.path(lease, in: folder)
        try PrivateDirectory.create(path.removingLastComponent())
        do throws(SystemCallError) {
            self.init(try HeldFile(path.string, O_RDWR | O_CREAT | O_EXCL))
        } catch { throw error.stokerError(.cannotWrite) }
    }

    init(_ file: HeldFile) { self.file = file }

    /// For the next creation.
    public func mark() -> CreationMark {
        let number = state.withLock { state in
            defer { state.next += 1 }
            return state.next
        }
        return .random(number: number)
    }

    /// Writes down what is about to be asked for, or over that what has come of it.
    ///
    /// The answer takes no more room than was taken before, so that a disk that is full by then does not matter.
    ///
    /// - Parameter done: called on a thread of its own, with why it could not be written, or when it is on the disk.
    public func write(_ record: CreationRecord, done: @escaping @Sendable ((any Error)?) -> Void) {
        state.withLock { $0.waiting.append(Entry(record: record, done: done)) }
        queue.async { [self] in flush() }
    }

    private func flush() {
        let entries = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        // Those before us have taken it along.
        if entries.isEmpty { return }
        var outcomes = entries.map { put($0.record) }
        if fdatasync(file.descriptor) != 0, errno != EINVAL {
            let error = SystemCallError.last("fsync", file.path)
            outcomes = outcomes.map { $0 ?? error }
        }
        for (entry, outcome) in zip(entries, outcomes) { entry.done(outcome) }
    }

    private func put(_ record: CreationRecord) -> (any Error)? {
        let slot = record.slot
        let place = off_t(record.mark.number) * off_t(CreationRecord.size)
        while true {
            let count = pwrite(file.descriptor, slot, slot.count, place)
            if count == slot.count { return nil }
            if count < 0 && errno == EINTR { continue }
            return count < 0
                ? SystemCallError.last("write", file.path)
                : SystemCallError("write", file.path, errno: .noSpace)
        }
    }

    /// What a journal says of one creation; `nil` when it says nothing that can be believed.
    static func record(_ mark: CreationMark, of lease: LeaseID, in folder: FilePath) -> CreationRecord? {
        let path = path(lease, in: folder)
        guard let name = path.lastComponent?.string, mark.number < Int.max / CreationRecord.size,
            let file = OwnersFile.find(name, in: path.removingLastComponent())
        else { return nil }
        var slot = [UInt8](repeating: 0, count: CreationRecord.size)
        let place = off_t(mark.number) * off_t(CreationRecord.size)
        guard pread(file.descriptor, &slot, slot.count, place) == slot.count else { return nil }
        return CreationRecord(slot: slot, of: mark)
    }
}
