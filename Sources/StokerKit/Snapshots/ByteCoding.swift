import StokerCore

/// Writes integers, digests and length-prefixed fields, little-endian.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ value: UInt64) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func reserveCapacity(_ count: Int) { bytes.reserveCapacity(count) }

    mutating func append(bytes added: some Collection<UInt8>) { bytes.append(contentsOf: added) }

    mutating func append(field: [UInt8]) {
        append(UInt64(field.count))
        bytes.append(contentsOf: field)
    }
}

/// Reads what `ByteWriter` wrote; every read answers `nil` past the end.
struct ByteReader {
    private let content: [UInt8]
    private var position = 0

    init(_ content: [UInt8]) { self.content = content }

    var isAtEnd: Bool { position == content.count }

    mutating func bytes(_ count: Int) -> [UInt8]? {
        guard count >= 0, content.count - position >= count else { return nil }
        defer { position += count }
        return Array(content[position..<(position + count)])
    }

    /// Lends the next bytes without copying them.
    mutating func withBytes<Value>(_ count: Int, _ body: (UnsafeRawBufferPointer) -> Value) -> Value? {
        guard count >= 0, content.count - position >= count else { return nil }
        defer { position += count }
        return content.withUnsafeBytes {
            body(UnsafeRawBufferPointer(rebasing: $0[position..<position + count]))
        }
    }

    mutating func integer() -> UInt64? {
        guard content.count - position >= 8 else { return nil }
        defer { position += 8 }
        return content.withUnsafeBytes {
            UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: UInt64.self))
        }
    }

    mutating func field() -> [UInt8]? {
        guard let count = integer(), count <= UInt64(content.count) else { return nil }
        return bytes(Int(count))
    }

    mutating func digest() -> ContentDigest? { bytes(32).flatMap { ContentDigest(bytes: $0) } }
}
