import Crypto

/// Hashes a sequence of fields so that no two different sequences hash the same bytes: every text has its
/// length before it, every list its count, every optional value a byte that says whether it is there.
struct FieldHasher {
    private var hash = SHA256()
    /// Gathered first: hashing many short pieces costs more than copying them.
    private var buffer: [UInt8] = []
    private static let bufferSize = 64 << 10

    init() { buffer.reserveCapacity(FieldHasher.bufferSize + 4096) }

    mutating func add(byte: UInt8) {
        buffer.append(byte)
        flushIfFull()
    }

    mutating func add(number: UInt64) {
        withUnsafeBytes(of: number.littleEndian) { buffer.append(contentsOf: $0) }
        flushIfFull()
    }

    mutating func add(count: Int) { add(number: UInt64(count)) }

    mutating func add(_ bytes: [UInt8]) { bytes.withUnsafeBufferPointer { add($0) } }

    mutating func add(_ bytes: UnsafeBufferPointer<UInt8>) {
        add(count: bytes.count)
        buffer.append(contentsOf: bytes)
        flushIfFull()
    }

    mutating func add(_ text: String) { add(Array(text.utf8)) }

    mutating func add(_ text: String?) {
        add(byte: text == nil ? 0 : 1)
        if let text { add(text) }
    }

    /// Its length is always the same, so it needs none before it.
    mutating func add(_ digest: ContentDigest) {
        digest.append(to: &buffer)
        flushIfFull()
    }

    consuming func finish() -> ContentDigest {
        hash.update(data: buffer)
        return ContentDigest(hash.finalize())
    }

    private mutating func flushIfFull() {
        if buffer.count < FieldHasher.bufferSize { return }
        hash.update(data: buffer)
        buffer.removeAll(keepingCapacity: true)
    }
}
