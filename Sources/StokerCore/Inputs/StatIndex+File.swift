import Crypto
import Glibc
public import SystemPackage

/// The index on disk: one flat file, read at once.
///
///     magic (8 bytes), byte order and record size, boot ID, number of sections
///     for each: name, root, number of records, length of the paths; the records; the paths
///     SHA-256 of everything before it
///
/// It is a cache of this machine's: numbers lie as they do in memory, and a file that is not exactly right
/// is thrown away.
extension StatIndex {
    /// Ends in the version of the format.
    private static let magic = Array("STKINDX3".utf8)
    private static let layout = UInt64(0x0102_0304) << 32 | UInt64(MemoryLayout<Record>.stride)

    /// The index in a file; an empty one when there is none, or when it is broken, foreign, cut short,
    /// another user's, of another boot or of another version, or has other names too.
    public static func load(from path: FilePath) -> StatIndex {
        (try? read(path)).flatMap(decode) ?? StatIndex()
    }

    private static func read(_ path: FilePath) throws -> [UInt8]? {
        let file = try OpenFile.existing(path)
        let status = try file.status(path: path.string)
        guard status.kind == .file, status.owner == geteuid(), status.links == 1 else { return nil }
        return try file.contents(limit: 1 << 30, path: path.string)
    }

    /// Writes the index by temporary file and rename, for its owner alone. It holds until the next boot, so it is
    /// not forced to the disk, which would take everything else with it. The folder must exist.
    ///
    /// - Throws: `SystemCallError`; nothing is lost then but time at the next look.
    public func save(to path: FilePath) throws(SystemCallError) {
        let random = UInt64.random(in: .min ... .max)
        let name = String(decoding: ContextWalk.temporaryPrefix, as: UTF8.self) + String(random, radix: 16)
        let temporary = path.removingLastComponent().appending(name)
        let file = try OpenFile.create(temporary)
        do throws(SystemCallError) {
            try file.write(encoded(), path: temporary.string)
            let renamed = temporary.withPlatformString { from in path.withPlatformString { rename(from, $0) }
            }
            guard renamed == 0 else { throw .last("rename", path.string) }
        } catch {
            _ = temporary.withPlatformString { unlink($0) }
            throw error
        }
    }

    func encoded(boot: String = BootID.current) -> [UInt8] {
        var bytes = StatIndex.magic
        bytes.append(word: StatIndex.layout)
        bytes.append(text: Array(boot.utf8))
        bytes.append(word: UInt64(sections.count))
        for (name, section) in sections.sorted(by: { $0.key < $1.key }) {
            bytes.append(text: Array(name.utf8))
            bytes.append(text: section.root)
            bytes.append(word: UInt64(section.records.count))
            bytes.append(word: UInt64(section.paths.count))
            section.records.withUnsafeBytes { bytes.append(contentsOf: $0) }
            bytes += section.paths
        }
        return bytes + ContentDigest(SHA256.hash(data: bytes)).bytes
    }

    static func decode(_ bytes: [UInt8]) -> StatIndex? {
        guard bytes.count >= magic.count + 16 + 32, bytes.starts(with: magic) else { return nil }
        let end = bytes.count - 32
        let sum = bytes.withUnsafeBytes { buffer in
            var hash = SHA256()
            hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<end]))
            return ContentDigest(hash.finalize())
        }
        guard sum == ContentDigest(bytes: bytes[end...]) else { return nil }
        return bytes.withUnsafeBytes { buffer in
            var reader = Reader(rest: UnsafeRawBufferPointer(rebasing: buffer[magic.count..<end]))
            return decode(&reader)
        }
    }

    private static func decode(_ reader: inout Reader) -> StatIndex? {
        guard reader.word() == layout, reader.text() == Array(BootID.current.utf8), let count = reader.word()
        else { return nil }
        var index = StatIndex()
        for _ in 0..<count {
            guard let name = reader.text(), let root = reader.text(), let records = reader.word(),
                let length = reader.word(), let name = String(validating: name, as: UTF8.self),
                let section = reader.section(root: root, records: records, length: length)
            else { return nil }
            index.sections[name] = section
        }
        return reader.rest.isEmpty ? index : nil
    }

    /// Takes a file apart and never reads beyond it, whatever its lengths say.
    private struct Reader {
        var rest: UnsafeRawBufferPointer

        mutating func take(_ count: UInt64) -> UnsafeRawBufferPointer? {
            guard let count = Int(exactly: count), count <= rest.count else { return nil }
            defer { rest = UnsafeRawBufferPointer(rebasing: rest[count...]) }
            return UnsafeRawBufferPointer(rebasing: rest[..<count])
        }

        mutating func word() -> UInt64? { take(8)?.loadUnaligned(as: UInt64.self) }

        mutating func text() -> [UInt8]? { word().flatMap { take($0) }.map(Array.init) }

        mutating func section(root: [UInt8], records: UInt64, length: UInt64) -> Section? {
            let stride = MemoryLayout<Record>.stride
            let (size, overflow) = records.multipliedReportingOverflow(by: UInt64(stride))
            guard !overflow, let raw = take(size), let paths = take(length) else { return nil }
            var section = Section(root: root)
            section.records = [Record](unsafeUninitializedCapacity: Int(records)) { buffer, count in
                UnsafeMutableRawBufferPointer(buffer).copyMemory(from: raw)
                count = Int(records)
            }
            section.paths = Array(paths)
            let isSound = section.records.allSatisfy {
                $0.pathOffset <= length && UInt64($0.pathLength) <= length - $0.pathOffset
            }
            return isSound ? section : nil
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(word: UInt64) {
        Swift.withUnsafeBytes(of: word) { append(contentsOf: $0) }
    }

    fileprivate mutating func append(text: [UInt8]) {
        append(word: UInt64(text.count))
        append(contentsOf: text)
    }
}
