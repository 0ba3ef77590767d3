/// The head of a request or an answer, taken apart into lines.
struct MessageHead {
    struct Field {
        /// With its end.
        var line: Range<Int>
        var name: Range<Int>
        /// Without white space around it.
        var value: Range<Int>
    }

    let bytes: [UInt8]
    /// The request line or status line, without its end.
    let start: ArraySlice<UInt8>
    let fields: [Field]

    /// - Parameter bytes: with the empty line; each line ends in CR and LF.
    init(_ bytes: [UInt8]) throws(MalformedMessage) {
        self.bytes = bytes
        var fields: [Field] = []
        var lines: [Range<Int>] = []
        var begin = 0
        for (position, byte) in bytes.enumerated() where byte == ASCII.newline {
            lines.append(begin..<(position + 1))
            begin = position + 1
        }
        guard lines.count >= 2 else { throw MalformedMessage("a head without an end") }
        for line in lines[1..<(lines.count - 1)] { fields.append(try MessageHead.field(line, bytes)) }
        start = bytes[lines[0].dropLast(2)]
        self.fields = fields
    }

    private static func field(_ line: Range<Int>, _ bytes: [UInt8]) throws(MalformedMessage) -> Field {
        // Not a token: a line that continues the one before (obs-fold), or a space before the colon.
        guard let colon = bytes[line].firstIndex(of: UInt8(ascii: ":")),
            ASCII.isToken(bytes[line.lowerBound..<colon])
        else { throw MalformedMessage("the name of a header field") }
        var value = (colon + 1)..<(line.upperBound - 2)
        func isBlank(_ byte: UInt8) -> Bool { byte == ASCII.space || byte == ASCII.tab }
        while !value.isEmpty, isBlank(bytes[value.lowerBound]) { value.removeFirst() }
        while !value.isEmpty, isBlank(bytes[value.upperBound - 1]) { value.removeLast() }
        guard bytes[value].allSatisfy({ $0 == ASCII.tab || !ASCII.isControl($0) }) else {
            throw MalformedMessage("the value of a header field")
        }
        return Field(line: line, name: line.lowerBound..<colon, value: value)
    }

    /// - Parameter name: in lower case.
    func values(_ name: StaticString) -> [ArraySlice<UInt8>] {
        var found: [ArraySlice<UInt8>] = []
        for field in fields where ASCII.matches(bytes[field.name], name) { found.append(bytes[field.value]) }
        return found
    }

    /// Whether `word`, in lower case, is in a list of words such as that of `Connection`.
    func hasToken(_ word: StaticString, in name: StaticString) -> Bool {
        values(name).contains { value in
            value.split(separator: UInt8(ascii: ",")).contains { token in
                ASCII.matches(token.filter { $0 != ASCII.space && $0 != ASCII.tab }, word)
            }
        }
    }

    /// How `Content-Length` and `Transfer-Encoding` frame the body.
    ///
    /// - Returns: `nil` when there is neither.
    func framing() throws(MalformedMessage) -> BodyFraming.Length? {
        let lengths = values("content-length")
        let codings = values("transfer-encoding")
        if let coding = codings.first {
            guard lengths.isEmpty else {
                throw MalformedMessage("Content-Length beside Transfer-Encoding")
            }
            guard codings.count == 1, ASCII.matches(coding, "chunked") else {
                throw MalformedMessage("a Transfer-Encoding other than chunked")
            }
            return .chunked
        }
        guard let length = lengths.first else { return nil }
        guard lengths.allSatisfy({ $0 == length }) else { throw MalformedMessage("two Content-Lengths") }
        guard (1...18).contains(length.count), length.allSatisfy(ASCII.isDigit) else {
            throw MalformedMessage("a Content-Length that is no number")
        }
        return .bytes(length.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) })
    }
}
