import StokerCore
import Synchronization
import SystemPackage

/// Reads and writes the records of an image, and remembers the one that could not be written: the image is there, and
/// a disk that is full must not take it from whoever asks, nor have it built again and again.
///
/// What is remembered counts for as long as the file is as it was then, so that the record of another build counts
/// more.
final class RecordMemory: Sendable {
    private struct Unwritten {
        var path: FilePath
        var record: CacheRecord
        var onDisk: CacheRecordFile.Content
        var cause: StokerError
        var triedAt: ContinuousClock.Instant
    }
    private let unwritten = Mutex<Unwritten?>(nil)

    /// How long a disk is left alone before it is tried again.
    static let pause = Duration.seconds(60)

    func read(_ path: FilePath) -> CacheRecordFile.Content {
        let onDisk = CacheRecordFile(path).read()
        return unwritten.withLock { unwritten in
            guard let last = unwritten, last.path == path else { return onDisk }
            if last.onDisk == onDisk { return .record(last.record) }
            unwritten = nil
            return onDisk
        }
    }

    /// Only the holder of the image's lock may call it.
    ///
    /// - Returns: why it could not be written, where only the disk or the folder stands in the way.
    /// - Throws: whatever else went wrong.
    func write(_ record: CacheRecord, to path: FilePath) throws -> StokerError? {
        do {
            try CacheRecordFile(path).write(record)
        } catch let error as StokerError where error.code == .cannotWrite {
            let onDisk = CacheRecordFile(path).read()
            unwritten.withLock {
                $0 = Unwritten(path: path, record: record, onDisk: onDisk, cause: error, triedAt: .now)
            }
            return error
        }
        unwritten.withLock { $0 = nil }
        return nil
    }

    /// Why the record at this path is in memory alone; `nil` if it is not.
    func cause(at path: FilePath) -> StokerError? {
        unwritten.withLock { $0?.path == path ? $0?.cause : nil }
    }

    /// Whether it is time to try the disk again.
    func isDue(at now: ContinuousClock.Instant = .now) -> Bool {
        unwritten.withLock { $0.map { $0.triedAt.duration(to: now) >= RecordMemory.pause } ?? false }
    }
}
