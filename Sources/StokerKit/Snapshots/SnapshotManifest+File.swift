import StokerCore

/// The manifest on disk. It is a cache of this machine's: entries lie as they do in memory, and what is not
/// exactly right is thrown away.
///
///     magic (18 bytes), size of the copy on disk (8 bytes)
///     boot ID, digest of the inputs, size of a record, number of records, length of the paths
///     the records; the paths; the traces
extension SnapshotManifest {
    /// Ends in the version of the format.
    private static let magic = Array("stoker-snapshot-5\n".utf8)
    /// How many bytes tell the size of the copy.
    static let headLength = magic.count + 8

    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.reserveCapacity(records.count * MemoryLayout<Record>.stride + paths.count + 4096)
        writer.append(bytes: SnapshotManifest.magic)
        writer.append(UInt64(bitPattern: bytesOnDisk))
        // What it vouches for is not forced to the disk, as that would cost more than it saves.
        writer.append(field: Array(BootID.current.utf8))
        writer.append(field: inputs?.bytes ?? [])
        writer.append(UInt64(MemoryLayout<Record>.stride))
        writer.append(UInt64(records.count))
        writer.append(UInt64(paths.count))
        records.withUnsafeBytes { writer.append(bytes: $0) }
        writer.append(bytes: paths)
        writer.append(UInt64(traces.count))
        for (path, list) in traces {
            writer.append(field: path.bytes)
            writer.append(UInt64(list.count))
            for trace in list {
                writer.append(UInt64(trace.mode))
                writer.append(UInt64(bitPattern: trace.size))
                writer.append(UInt64(bitPattern: trace.modified))
                writer.append(bytes: trace.content.bytes)
                writer.append(UInt64(trace.link == nil ? 0 : 1))
                writer.append(field: trace.link?.bytes ?? [])
            }
        }
        return writer.bytes
    }

    /// The size of the copy on disk as the beginning of a manifest says it; `nil` when it is none, or no size.
    static func bytesOnDisk(head bytes: [UInt8]) -> Int64? {
        var reader = ByteReader(bytes)
        guard reader.bytes(magic.count) == magic else { return nil }
        return reader.integer().flatMap { Int64(exactly: $0) }
    }

    /// `nil` for anything but a whole manifest of this version and of this boot: after a power cut the manifest
    /// may have reached the disk, and the bytes of the copy not.
    init?(encoded bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard reader.bytes(SnapshotManifest.magic.count) == SnapshotManifest.magic, reader.integer() != nil,
            reader.field() == Array(BootID.current.utf8), let inputs = reader.field(),
            reader.integer() == UInt64(MemoryLayout<Record>.stride), let count = reader.integer(),
            let length = reader.integer(), let records = reader.records(count),
            let paths = length <= UInt64(bytes.count) ? reader.bytes(Int(length)) : nil
        else { return nil }
        self.init(records: records, paths: paths)
        let isSound = records.allSatisfy { record in
            let end = UInt64(record.pathOffset) + UInt64(record.pathLength)
            return end < length && paths[Int(end)] == 0
                && (!record.entry.isLink || UInt64(record.entry.link) < count)
        }
        guard isSound, readTraces(&reader), reader.isAtEnd else { return nil }
        self.inputs = ContentDigest(bytes: inputs)
    }

    private mutating func readTraces(_ reader: inout ByteReader) -> Bool {
        guard let pathCount = reader.integer() else { return false }
        for _ in 0..<pathCount {
            guard let path = reader.field(), let count = reader.integer() else { return false }
            var list = [Trace]()
            for _ in 0..<count {
                guard let mode = reader.integer(), let size = reader.integer(),
                    let modified = reader.integer(), let content = reader.digest(),
                    let isLink = reader.integer(), let link = reader.field()
                else { return false }
                list.append(
                    Trace(
                        mode: UInt32(truncatingIfNeeded: mode), size: Int64(bitPattern: size),
                        modified: Int64(bitPattern: modified), content: content,
                        link: isLink == 0 ? nil : BytePath(bytes: link)))
            }
            traces[BytePath(bytes: path)] = list
        }
        return true
    }
}

extension ByteReader {
    fileprivate mutating func records(_ count: UInt64) -> [SnapshotManifest.Record]? {
        let stride = MemoryLayout<SnapshotManifest.Record>.stride
        let (size, overflow) = count.multipliedReportingOverflow(by: UInt64(stride))
        guard !overflow, let size = Int(exactly: size) else { return nil }
        return withBytes(size) { raw in
            [SnapshotManifest.Record](unsafeUninitializedCapacity: Int(count)) { buffer, initialized in
                UnsafeMutableRawBufferPointer(buffer).copyMemory(from: raw)
                initialized = Int(count)
            }
        }
    }
}
