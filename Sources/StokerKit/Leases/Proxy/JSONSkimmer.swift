/// Finds the members of an object in JSON without looking into their values.
struct JSONSkimmer {
    struct Member {
        /// Unescaped.
        var key: String
        var value: Range<Int>
    }
    struct Object {
        var members: [Member] = []
        var isEmpty: Bool { members.isEmpty }
        /// Where its closing brace stands.
        var end = 0
    }

    private let text: [UInt8]
    private(set) var position: Int

    init(_ text: [UInt8], at position: Int = 0) {
        self.text = text
        self.position = position
    }

    private var byte: UInt8? { position < text.count ? text[position] : nil }

    mutating func skip(_ count: Int) { position += count }

    mutating func skipSpace() {
        while let byte, byte == ASCII.space || (9...13).contains(byte) && byte != 11 && byte != 12 {
            position += 1
        }
    }

    mutating func takes(_ word: String) -> Bool {
        guard text[position...].starts(with: word.utf8) else { return false }
        position += word.utf8.count
        return true
    }

    private mutating func takes(_ character: Unicode.Scalar) -> Bool {
        guard byte == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// - Returns: `nil` when there is none, or when it is not whole.
    mutating func object() -> Object? {
        guard takes("{" as Unicode.Scalar) else { return nil }
        var object = Object()
        skipSpace()
        if byte != UInt8(ascii: "}") {
            repeat {
                skipSpace()
                guard let key = string() else { return nil }
                skipSpace()
                guard takes(":" as Unicode.Scalar) else { return nil }
                skipSpace()
                guard let value = value() else { return nil }
                object.members.append(Member(key: key, value: value))
                skipSpace()
            } while takes("," as Unicode.Scalar)
        }
        object.end = position
        return takes("}" as Unicode.Scalar) ? object : nil
    }

    private mutating func value() -> Range<Int>? {
        let start = position
        switch byte {
        case ASCII.quote: guard skipString() else { return nil }
        // Which bracket ends which is the engine's to see: in JSON each one ends the last that was opened.
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            var depth = 0
            repeat {
                switch byte {
                case nil: return nil
                case ASCII.quote:
                    guard skipString() else { return nil }
                    continue
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
                default: break
                }
                position += 1
            } while depth > 0
        default:
            while let byte, !",}] \t\r\n".utf8.contains(byte) { position += 1 }
        }
        return position > start ? start..<position : nil
    }

    private mutating func skipString() -> Bool {
        position += 1
        while let byte {
            position += byte == ASCII.backslash ? 2 : 1
            if byte == ASCII.quote { return true }
        }
        return false
    }

    private mutating func string() -> String? {
        let start = position
        guard byte == ASCII.quote, skipString(), position <= text.count else { return nil }
        return JSONSkimmer.unescaped(text[(start + 1)..<(position - 1)])
    }

    /// What is no escape that JSON knows stands for nothing that matters, and is left out.
    private static func unescaped(_ bytes: ArraySlice<UInt8>) -> String {
        guard bytes.contains(ASCII.backslash) else { return String(decoding: bytes, as: UTF8.self) }
        var plain = ""
        var rest = bytes
        while let escape = rest.firstIndex(of: ASCII.backslash) {
            plain += String(decoding: rest[..<escape], as: UTF8.self)
            rest = rest[(escape + 1)...]
            guard rest.popFirst() == UInt8(ascii: "u") else {
                // None of them is part of a name that is looked for.
                plain += "?"
                continue
            }
            let digits = rest.prefix(4)
            rest = rest.dropFirst(4)
            let value = digits.reduce(UInt32(0)) { $0 << 4 | UInt32(ASCII.hexDigit($1) ?? 0) }
            plain.unicodeScalars.append(Unicode.Scalar(value) ?? "?")
        }
        return plain + String(decoding: rest, as: UTF8.self)
    }
}
