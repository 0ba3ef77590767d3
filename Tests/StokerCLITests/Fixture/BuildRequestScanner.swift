/// Finds the builds that a client asks for in what it sends, wherever the bytes are cut: `POST /v1.41/build?…`, or
/// buildx's call of BuildKit's method `Solve`, of which each build makes one. It does not follow the protocols: an
/// upgraded connection leaves HTTP/1, and a request may follow a body without a line break.
struct BuildRequestScanner {
    private static let start = Array("POST /v".utf8)
    private static let end = Array("/build?".utf8)
    /// The longest version: `1.41`.
    private static let versionLength = 8
    private static let longestRequest = start.count + versionLength + end.count
    /// `/moby.buildkit.v1.Control/Solve` in the Huffman code of HTTP/2's headers (RFC 7541, appendix B), in which
    /// grpc-go sends a path when it is the first of its kind on a connection. buildx opens several connections a
    /// build, for greetings and progress; this comes on one of them.
    static let solve: [UInt8] = [
        0x62, 0x93, 0xc7, 0xe9, 0x78, 0xed, 0x35, 0x12, 0x75, 0x32, 0x57, 0xee,
        0x15, 0xef, 0x1e, 0xa4, 0xd8, 0x7a, 0x18, 0xdc, 0x7a, 0x3b, 0x97,
    ]
    private var held: [UInt8] = []

    mutating func count(in bytes: ArraySlice<UInt8>) -> Int {
        held += bytes
        var found = 0
        var position = 0
        while position < held.count {
            if held[position] == Self.start[0] {
                // Too little to tell: the rest may come.
                let rest = held[position...]
                if rest.count < Self.longestRequest && rest.isPrefix(of: Self.start) { break }
                if isRequest(rest) { found += 1 }
            } else if held[position] == Self.solve[0] {
                let rest = held[position...]
                if rest.count < Self.solve.count && rest.isPrefix(of: Self.solve) { break }
                if rest.starts(with: Self.solve) { found += 1 }
            }
            position += 1
        }
        held.removeFirst(position)
        return found
    }

    private func isRequest(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard bytes.starts(with: Self.start) else { return false }
        let version = bytes.dropFirst(Self.start.count).prefix { $0 == UInt8(ascii: ".") || isDigit($0) }
        return version.count <= Self.versionLength
            && bytes.dropFirst(Self.start.count + version.count).starts(with: Self.end)
    }

    private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

extension ArraySlice<UInt8> {
    /// Whether one of the two is the beginning of the other.
    fileprivate func isPrefix(of other: [UInt8]) -> Bool {
        zip(self, other).allSatisfy { $0 == $1 }
    }
}

/// Finds out whether the legacy builder lost an image that it was about to use, wherever the bytes are cut.
struct LostImageScanner {
    private static let words = Array("unable to find image".utf8)
    private var held: [UInt8] = []
    private var isFound = false

    /// Whether these bytes end the first mention of it; one build tells it more than once.
    mutating func isFirstFound(in bytes: ArraySlice<UInt8>) -> Bool {
        if isFound { return false }
        held += bytes
        isFound = held.firstRange(of: Self.words) != nil
        held = held.suffix(Self.words.count - 1)
        return isFound
    }
}
