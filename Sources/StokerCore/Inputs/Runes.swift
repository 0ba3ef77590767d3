/// Text as the builders' matcher sees it: Go runes, where each byte that is not part of valid UTF-8 is one
/// rune of its own.
enum Runes {
    /// What Go decodes a stray byte to; it then equals a real U+FFFD, as it does in Go.
    static let replacement: UInt32 = 0xFFFD

    /// - Parameter invalid: What a byte outside valid UTF-8 becomes.
    static func decode(
        _ bytes: UnsafeBufferPointer<UInt8>, invalid: UInt32 = replacement
    ) -> [UInt32] {
        var runes: [UInt32] = []
        runes.reserveCapacity(bytes.count)
        var position = 0
        while position < bytes.count {
            let (rune, width) = next(in: bytes, at: position)
            runes.append(rune ?? invalid)
            position += width
        }
        return runes
    }

    static func decode(_ bytes: [UInt8], invalid: UInt32 = replacement) -> [UInt32] {
        bytes.withUnsafeBufferPointer { decode($0, invalid: invalid) }
    }

    static func next(
        in bytes: UnsafeBufferPointer<UInt8>, at position: Int
    ) -> (rune: UInt32?, width: Int) {
        let first = bytes[position]
        if first < 0x80 { return (UInt32(first), 1) }
        let width: Int
        var lower: UInt8 = 0x80
        var upper: UInt8 = 0xBF
        switch first {
        case 0xC2...0xDF: width = 2
        case 0xE0...0xEF:
            width = 3
            if first == 0xE0 { lower = 0xA0 }
            if first == 0xED { upper = 0x9F }
        case 0xF0...0xF4:
            width = 4
            if first == 0xF0 { lower = 0x90 }
            if first == 0xF4 { upper = 0x8F }
        default: return (nil, 1)
        }
        guard position + width <= bytes.count else { return (nil, 1) }
        var rune = UInt32(first) & (0xFF >> UInt32(width + 1))
        for offset in 1..<width {
            let byte = bytes[position + offset]
            guard byte >= lower, byte <= upper else { return (nil, 1) }
            lower = 0x80
            upper = 0xBF
            rune = rune << 6 | UInt32(byte & 0x3F)
        }
        return (rune, width)
    }

    /// The UTF-8 of runes that are all valid scalars; `nil` when one is not, or when one is the replacement
    /// rune, which stands for more than one byte sequence.
    static func encode(_ runes: some Sequence<UInt32>) -> [UInt8]? {
        var bytes: [UInt8] = []
        for rune in runes {
            guard rune != replacement, let scalar = Unicode.Scalar(rune) else { return nil }
            bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
        return bytes
    }

    /// The bytes as UTF-8, with U+FFFD for each byte that is not part of it, as Go's JSON has them.
    static func repaired(_ bytes: [UInt8]) -> [UInt8] {
        decode(bytes).compactMap { Unicode.Scalar($0).flatMap { UTF8.encode($0) } }.flatMap { Array($0) }
    }
}
