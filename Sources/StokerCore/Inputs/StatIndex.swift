/// Remembers what the content of files and their extended attributes were, so that a second look reads none of them.
///
/// An entry holds for a file whose device, inode, size, mode, modification and change time are all as they
/// were when it was read. What makes that sound is the change time: the kernel sets it, and no program can
/// choose it. It is coarse, though, so an entry is kept only if the file's stamps were old enough when its
/// reading began (`isSettled`); every other file is read again at each look until they are.
///
/// Two things remain that no look at stamps can see: a store into a mapped page that is dirty already, and
/// a file server whose clock lags behind by more than the margin.
public struct StatIndex: Sendable, Equatable {
    /// One build context's files.
    struct Section: Sendable, Equatable {
        /// The context's absolute path: another folder starts over.
        var root: [UInt8]
        /// In byte order of their paths.
        var records: [Record] = []
        /// All paths, one after the other.
        var paths: [UInt8] = []
    }

    /// Written to disk as it lies in memory.
    struct Record: Sendable, Equatable, BitwiseCopyable {
        var device: UInt64
        var inode: UInt64
        var size: Int64
        var modified: Int64
        var changed: Int64
        var digest: ContentDigest
        var mode: UInt32
        var pathLength: UInt32
        var pathOffset: UInt64

        func holds(for status: FileStatus) -> Bool {
            inode == status.inode && changed == status.changed && modified == status.modified
                && size == status.size && device == status.device && mode == status.mode
        }
    }

    /// By the context's name; the main one's is empty, which no additional context's can be.
    var sections: [String: Section] = [:]
    /// Whether there is something to save.
    public var isChanged = false

    /// Whether anybody looks again: else nothing is taken in.
    let isKept: Bool

    public init(isKept: Bool = true) { self.isKept = isKept }

    public static func == (left: StatIndex, right: StatIndex) -> Bool { left.sections == right.sections }

    /// The number of files that it knows.
    public var count: Int { sections.values.reduce(0) { $0 + $1.records.count } }

    /// Whether a file that was read from `started` on cannot have changed since without a new stamp.
    ///
    /// The kernel's stamps advance with its tick, every 10 ms or more often, so a change right after the
    /// reading may carry the same stamp as one right before it: 50 ms are well beyond that. Some file
    /// systems keep whole seconds (ext3) or even ones (FAT): then it is two seconds. A stamp in the future
    /// is never settled.
    ///
    /// - Parameter started: Nanoseconds since 1970, taken before the first byte was read.
    public static func isSettled(_ status: FileStatus, started: Int64) -> Bool {
        let second: Int64 = 1_000_000_000
        let isCoarse = status.modified % second == 0 && status.changed % second == 0
        let margin = isCoarse ? 2 * second : second / 20
        return max(status.modified, status.changed) < started - margin
    }
}

extension StatIndex.Section {
    /// Below, at or above zero: where the record's path stands to `path`.
    func compare(_ number: Int, _ path: UnsafeBufferPointer<UInt8>) -> Int {
        let record = records[number]
        return paths.withUnsafeBufferPointer { all in
            let start = Int(record.pathOffset)
            let own = UnsafeBufferPointer(rebasing: all[start..<start + Int(record.pathLength)])
            return own.compareBytewise(path)
        }
    }

    /// - Precondition: Paths come in byte order.
    mutating func append(
        _ path: UnsafeBufferPointer<UInt8>, _ status: FileStatus, _ digest: ContentDigest
    ) {
        records.append(
            StatIndex.Record(
                device: status.device, inode: status.inode, size: status.size, modified: status.modified,
                changed: status.changed, digest: digest, mode: status.mode,
                pathLength: UInt32(path.count), pathOffset: UInt64(paths.count)))
        paths.append(contentsOf: path)
    }
}
