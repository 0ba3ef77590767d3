/// Gathers the head of a message: its bytes up to the empty line.
struct HeadCollector {
    private(set) var bytes: [UInt8] = []
    private(set) var isWhole = false
    private var lineStart = 0

    /// Bytes; what Go's server reads (`http.DefaultMaxHeaderBytes`).
    static let limit = 1 << 20

    /// - Returns: how many of `new` belong to the head.
    mutating func take(_ new: UnsafeRawBufferPointer) throws(MalformedMessage) -> Int {
        var position = 0
        while position < new.count, !isWhole {
            let rest = UnsafeRawBufferPointer(rebasing: new[position...])
            let end = rest.firstIndex(of: ASCII.newline)
            let piece = UnsafeRawBufferPointer(rebasing: rest[...(end ?? rest.count - 1)])
            bytes.append(contentsOf: piece)
            position += piece.count
            guard bytes.count <= HeadCollector.limit else { throw MalformedMessage("a head over 1 MiB") }
            if end != nil { try endLine() }
        }
        return position
    }

    private mutating func endLine() throws(MalformedMessage) {
        let length = bytes.count - lineStart
        // A line feed alone ends a line too for Go's server, and other servers take it for something else.
        guard length >= 2, bytes[bytes.count - 2] == ASCII.return else {
            throw MalformedMessage("a line that does not end in CR and LF")
        }
        if length == 2 {
            guard lineStart > 0 else { throw MalformedMessage("an empty line where it should begin") }
            isWhole = true
        }
        lineStart = bytes.count
    }
}
