/// The exec form of an instruction: a JSON array of strings.
enum JSONWords: Equatable {
    case words([[UInt8]])
    /// No builder takes it for JSON, so all read it as plain words.
    case no
    /// Older builders pass over what follows the array, newer ones read plain words then.
    case unclear

    static func read(_ text: ArraySlice<UInt8>) -> JSONWords {
        let trimmed = PatternText.trimmed(text)
        guard trimmed.first == UInt8(ascii: "[") else { return .no }
        let inside = trimmed.dropFirst().drop { isSpace($0) }
        // Whatever a JSON value begins with may be one; `[a-z]*.txt` cannot.
        guard let first = inside.first, "\"[{]-0123456789tfn".utf8.contains(first) else { return .no }
        var reader = Reader(text: trimmed)
        return reader.words().map { .words($0) } ?? .unclear
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }

    /// Strict: what it does not take is not certain.
    private struct Reader {
        let text: ArraySlice<UInt8>
        var position: Int

        init(text: ArraySlice<UInt8>) {
            self.text = text
            position = text.startIndex
        }

        mutating func words() -> [[UInt8]]? {
            guard String(validating: text, as: UTF8.self) != nil, take("[") else { return nil }
            var words: [[UInt8]] = []
            if !take("]") {
                repeat {
                    guard let word = string() else { return nil }
                    words.append(word)
                } while take(",")
                guard take("]") else { return nil }
            }
            skipSpace()
            return position == text.endIndex ? words : nil
        }

        private mutating func skipSpace() {
            while position < text.endIndex, JSONWords.isSpace(text[position]) { position += 1 }
        }

        private mutating func take(_ wanted: Unicode.Scalar) -> Bool {
            skipSpace()
            guard position < text.endIndex, text[position] == UInt8(ascii: wanted) else { return false }
            position += 1
            return true
        }

        private mutating func string() -> [UInt8]? {
            guard take("\"") else { return nil }
            var word: [UInt8] = []
            while position < text.endIndex {
                let byte = text[position]
                position += 1
                switch byte {
                case UInt8(ascii: "\""): return word
                case UInt8(ascii: "\\"):
                    guard let bytes = escaped() else { return nil }
                    word.append(contentsOf: bytes)
                case 0..<0x20: return nil
                default: word.append(byte)
                }
            }
            return nil
        }

        private mutating func escaped() -> [UInt8]? {
            guard position < text.endIndex else { return nil }
            let byte = text[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
            case UInt8(ascii: "b"): return [0x08]
            case UInt8(ascii: "f"): return [0x0C]
            case UInt8(ascii: "n"): return [0x0A]
            case UInt8(ascii: "r"): return [0x0D]
            case UInt8(ascii: "t"): return [0x09]
            case UInt8(ascii: "u"):
                // A surrogate has no certain bytes.
                let digits = text[position...].prefix(4)
                guard digits.count == 4,
                    digits.allSatisfy({ ASCII.isDigit($0) || ("a"..."f").contains(lowered($0)) }),
                    let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16),
                    let scalar = Unicode.Scalar(code)
                else { return nil }
                position += 4
                return Array(String(Character(scalar)).utf8)
            default: return nil
            }
        }

        private func lowered(_ byte: UInt8) -> Unicode.Scalar { Unicode.Scalar(ASCII.lowercased(byte)) }
    }
}
