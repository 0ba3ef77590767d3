/// Where the body of a message ends (RFC 9112, sections 6 and 7). The bytes pass by in pieces of any size.
///
/// Stricter than Go's server, which reads the same where it is strict too: lines end in CR and LF, and a size has
/// nothing around it but an extension.
struct BodyFraming {
    enum Length: Equatable {
        case none
        /// `Content-Length`
        case bytes(Int)
        /// `Transfer-Encoding: chunked`
        case chunked
    }

    private enum State {
        /// Of a body of known length.
        case content(left: Int)
        case size(value: Int, digits: Int)
        case sizeExtension(value: Int, length: Int)
        case sizeEnd(value: Int)
        case chunk(left: Int)
        case chunkReturn
        case chunkEnd
        case trailerStart(length: Int)
        case trailer(length: Int)
        case trailerEnd(length: Int)
        case lastEnd
        case over
    }
    private var state: State

    /// Bytes; Go's server reads no longer ones.
    private static let extensionLimit = 4000
    private static let trailersLimit = 4000

    init(_ length: Length) {
        switch length {
        case .none, .bytes(0): state = .over
        case .bytes(let count): state = .content(left: count)
        case .chunked: state = .size(value: 0, digits: 0)
        }
    }

    var isOver: Bool { if case .over = state { true } else { false } }

    /// - Parameter content: gets what the body holds, without the sizes of chunks.
    /// - Returns: how many of `bytes` belong to the body.
    mutating func take(
        _ bytes: UnsafeRawBufferPointer, content: (UnsafeRawBufferPointer) -> Void = { _ in }
    ) throws(MalformedMessage) -> Int {
        var position = 0
        while position < bytes.count {
            switch state {
            case .content(let left):
                let count = min(left, bytes.count - position)
                content(UnsafeRawBufferPointer(rebasing: bytes[position..<(position + count)]))
                position += count
                state = count == left ? .over : .content(left: left - count)
            case .chunk(let left):
                let count = min(left, bytes.count - position)
                content(UnsafeRawBufferPointer(rebasing: bytes[position..<(position + count)]))
                position += count
                state = count == left ? .chunkReturn : .chunk(left: left - count)
            case .over: return position
            default:
                state = try BodyFraming.step(state, bytes[position])
                position += 1
            }
        }
        return position
    }

    private static func step(_ state: State, _ byte: UInt8) throws(MalformedMessage) -> State {
        switch (state, byte) {
        case (.size(let value, let digits), _): return try size(value, digits, byte)
        case (.sizeExtension(let value, _), ASCII.return): return .sizeEnd(value: value)
        case (.sizeExtension(let value, let length), _):
            guard !ASCII.isControl(byte), length < extensionLimit else {
                throw MalformedMessage("an extension of a chunk")
            }
            return .sizeExtension(value: value, length: length + 1)
        case (.sizeEnd(0), ASCII.newline): return .trailerStart(length: 0)
        case (.sizeEnd(let value), ASCII.newline): return .chunk(left: value)
        case (.chunkReturn, ASCII.return): return .chunkEnd
        case (.chunkEnd, ASCII.newline): return .size(value: 0, digits: 0)
        case (.trailerStart, ASCII.return): return .lastEnd
        case (.trailerStart(let length), _) where byte != ASCII.space && !ASCII.isControl(byte):
            return .trailer(length: length + 1)
        case (.trailer(let length), ASCII.return): return .trailerEnd(length: length)
        case (.trailer(let length), _)
        where (byte == ASCII.tab || !ASCII.isControl(byte)) && length < trailersLimit:
            return .trailer(length: length + 1)
        case (.trailerEnd(let length), ASCII.newline): return .trailerStart(length: length)
        case (.lastEnd, ASCII.newline): return .over
        default: throw MalformedMessage("a chunk")
        }
    }

    private static func size(_ value: Int, _ digits: Int, _ byte: UInt8) throws(MalformedMessage) -> State {
        if digits > 0 {
            if byte == ASCII.return { return .sizeEnd(value: value) }
            if byte == UInt8(ascii: ";") { return .sizeExtension(value: value, length: 0) }
        }
        // Fifteen digits and 60 bits at the most, so that nothing overflows.
        guard digits < 15, let digit = ASCII.hexDigit(byte) else {
            throw MalformedMessage("the size of a chunk")
        }
        return .size(value: value << 4 | Int(digit), digits: digits + 1)
    }
}
