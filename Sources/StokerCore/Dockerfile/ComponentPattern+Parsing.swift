extension ComponentPattern {
    /// - Returns: `nil` for a pattern that Go calls malformed: an open class, a range without its end, a
    ///   backslash as the last character.
    public init?(_ pattern: [UInt8]) {
        var parser = Parser(pattern: pattern)
        guard let chunks = parser.chunks() else { return nil }
        self.chunks = chunks
        text = pattern
    }

    /// Whether the builders look for wildcards in the name at all.
    static func isWildcard(_ name: some Sequence<UInt8>) -> Bool {
        var isEscaped = false
        for byte in name {
            if isEscaped {
                isEscaped = false
                continue
            }
            switch byte {
            case UInt8(ascii: "\\"): isEscaped = true
            case UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "["): return true
            default: break
            }
        }
        return false
    }

    private struct Parser {
        let pattern: [UInt8]
        var position = 0

        mutating func chunks() -> [Chunk]? {
            var chunks: [Chunk] = [Chunk(followsStar: false, items: [])]
            while position < pattern.count {
                let byte = pattern[position]
                position += 1
                switch byte {
                case UInt8(ascii: "*"):
                    if chunks[chunks.count - 1].items.isEmpty {
                        chunks[chunks.count - 1].followsStar = true
                    } else {
                        chunks.append(Chunk(followsStar: true, items: []))
                    }
                case UInt8(ascii: "?"): chunks[chunks.count - 1].items.append(.anyRune)
                case UInt8(ascii: "["):
                    guard let item = oneOf() else { return nil }
                    chunks[chunks.count - 1].items.append(item)
                case UInt8(ascii: "\\"):
                    guard position < pattern.count else { return nil }
                    chunks[chunks.count - 1].items.append(.byte(pattern[position]))
                    position += 1
                default: chunks[chunks.count - 1].items.append(.byte(byte))
                }
            }
            return chunks
        }

        private mutating func oneOf() -> Item? {
            var negated = false
            if position < pattern.count, pattern[position] == UInt8(ascii: "^") {
                negated = true
                position += 1
            }
            var ranges: [ClosedRange<UInt32>] = []
            var count = 0
            while position < pattern.count {
                if pattern[position] == UInt8(ascii: "]"), count > 0 {
                    position += 1
                    return .oneOf(ranges, negated: negated)
                }
                guard let low = rune() else { return nil }
                var high = low
                if position < pattern.count, pattern[position] == UInt8(ascii: "-") {
                    position += 1
                    guard let end = rune() else { return nil }
                    high = end
                }
                if low <= high { ranges.append(low...high) }
                count += 1
            }
            return nil
        }

        private mutating func rune() -> UInt32? {
            guard position < pattern.count else { return nil }
            switch pattern[position] {
            case UInt8(ascii: "-"), UInt8(ascii: "]"): return nil
            case UInt8(ascii: "\\"):
                position += 1
                guard position < pattern.count else { return nil }
            default: break
            }
            let (rune, width) = pattern.withUnsafeBufferPointer { Runes.next(in: $0, at: position) }
            guard let rune else { return nil }
            position += width
            return rune
        }
    }
}
