import SystemPackage

/// What git tracks of a working tree, read from its index (gitformat-index(5), versions 2 to 4).
///
/// Of an index that is split in two files this one tells only the newer entries.
public struct GitIndex: Sendable {
    /// Relative to the working tree, in git's order.
    public let paths: [BytePath]

    /// An index with a million files has some 100 MB.
    private static let sizeLimit = 256 << 20
    /// Times, device, inode, mode, owner and size, before the object's name.
    private static let statusLength = 40

    /// - Returns: `nil` when there is none, or none that is understood.
    public init?(_ folder: GitFolder) {
        guard let bytes = GitFolder.contents(of: folder.path.appending("index"), limit: GitIndex.sizeLimit)
        else { return nil }
        self.init(bytes)
    }

    init?(_ bytes: [UInt8]) {
        // Only the repository's settings tell which hash the objects are named by, SHA-1 or SHA-256.
        for hashLength in [20, 32] {
            var reader = Reader(bytes: bytes, hashLength: hashLength)
            if let paths = reader.paths() {
                self.paths = paths
                return
            }
        }
        return nil
    }

    private struct Reader {
        let bytes: [UInt8]
        let hashLength: Int
        private var position = 0

        init(bytes: [UInt8], hashLength: Int) {
            (self.bytes, self.hashLength) = (bytes, hashLength)
        }

        mutating func paths() -> [BytePath]? {
            guard bytes.starts(with: Array("DIRC".utf8)) else { return nil }
            position = 4
            guard let version = number(bytes: 4), (2...4).contains(version), let count = number(bytes: 4),
                // No entry is shorter, so a count that lies asks for no memory.
                count <= bytes.count / GitIndex.statusLength
            else { return nil }
            var paths: [BytePath] = []
            paths.reserveCapacity(count)
            var last: [UInt8] = []
            for _ in 0..<count {
                guard let path = entry(version, after: last) else { return nil }
                last = path
                paths.append(BytePath(bytes: path))
            }
            return paths
        }

        private mutating func entry(_ version: Int, after last: [UInt8]) -> [UInt8]? {
            let start = position
            position += GitIndex.statusLength + hashLength
            guard let flags = number(bytes: 2) else { return nil }
            // Version 3 has more flags where this one is set.
            if flags & 0x4000 != 0 { position += 2 }
            var path: [UInt8] = []
            if version == 4 {
                guard let dropped = compressedNumber(), dropped <= last.count else { return nil }
                path = Array(last.dropLast(dropped))
            }
            guard position < bytes.count, let end = bytes[position...].firstIndex(of: 0) else { return nil }
            path += bytes[position..<end]
            position = end + 1
            // Filled up to a multiple of eight, with one NUL at least.
            if version < 4 { position = start + (end - start) / 8 * 8 + 8 }
            // A wrong length of the hash shows here.
            let length = flags & 0x0FFF
            guard !path.isEmpty, length == 0x0FFF ? path.count >= length : path.count == length else {
                return nil
            }
            return path
        }

        private mutating func number(bytes count: Int) -> Int? {
            guard position + count <= bytes.count else { return nil }
            defer { position += count }
            return bytes[position..<position + count].reduce(0) { $0 << 8 | Int($1) }
        }

        /// Seven bits a byte, the highest first, as the offsets in git's packs.
        private mutating func compressedNumber() -> Int? {
            guard var byte = number(bytes: 1) else { return nil }
            var value = byte & 0x7F
            while byte & 0x80 != 0 {
                guard value < 1 << 32, let next = number(bytes: 1) else { return nil }
                byte = next
                value = (value + 1) << 7 | byte & 0x7F
            }
            return value
        }
    }
}
