/// The lines in an HTTP body of chunks that arrives little by little.
struct ChunkedLines {
    /// Of a chunk, not taken apart yet.
    private var pending: [UInt8]
    private var content: [UInt8] = []
    /// Whether the last chunk has come, or what came is no chunk.
    private(set) var isOver = false

    /// Beyond this there is something else than an event.
    private static let lineLimit = 1 << 20

    init(_ received: [UInt8] = []) { pending = received }

    mutating func append(_ bytes: some Collection<UInt8>) { pending.append(contentsOf: bytes) }

    /// The next whole line, without its end.
    mutating func next() -> [UInt8]? {
        while true {
            if let end = content.firstIndex(of: 0x0A) {
                defer { content.removeSubrange(...end) }
                return Array(content[..<end])
            }
            guard !isOver, takeChunk() else { return nil }
        }
    }

    private mutating func takeChunk() -> Bool {
        guard let end = pending.firstIndex(of: 0x0A) else {
            // A size takes a few digits.
            if pending.count > 64 { isOver = true }
            return false
        }
        let digits = pending[..<end].prefix { $0 != 0x0D && $0 != UInt8(ascii: ";") }
        guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16),
            (1...ChunkedLines.lineLimit).contains(size), content.count < ChunkedLines.lineLimit
        else {
            isOver = true
            return false
        }
        let start = end + 1
        guard pending.count >= start + size + 2 else { return false }
        content += pending[start..<(start + size)]
        pending.removeSubrange(..<(start + size + 2))
        return true
    }
}
