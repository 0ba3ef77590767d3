/// JSON as it is read where no time is to be lost, since Foundation's decoder takes milliseconds to get going,
/// or where only what is certain counts.
///
/// It takes less than JSON allows and never takes more: what it does not understand for certain (a key that
/// comes twice, a surrogate escape, too deep a nest) is `nil`, and the caller goes the long way.
public indirect enum PlainJSON: Sendable, Equatable {
    case object([String: PlainJSON])
    case array([PlainJSON])
    case string(String)
    case number(Double)
    case bool(Bool)
    case null

    public init?(_ bytes: [UInt8]) {
        var reader = Reader(bytes: bytes)
        guard let value = reader.value(depth: 0) else { return nil }
        reader.skipSpace()
        guard reader.position == bytes.count else { return nil }
        self = value
    }

    public subscript(key: String) -> PlainJSON? {
        if case .object(let members) = self { members[key] } else { nil }
    }

    public var string: String? { if case .string(let text) = self { text } else { nil } }
    /// `nil` when it is no array of strings alone.
    public var strings: [String]? {
        guard case .array(let elements) = self else { return nil }
        let strings = elements.compactMap(\.string)
        return strings.count == elements.count ? strings : nil
    }
    public var number: Double? { if case .number(let number) = self { number } else { nil } }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        static let deepest = 32

        mutating func skipSpace() {
            while position < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[position]) { position += 1 }
        }

        mutating func take(_ byte: Unicode.Scalar) -> Bool {
            skipSpace()
            guard position < bytes.count, bytes[position] == UInt8(ascii: byte) else { return false }
            position += 1
            return true
        }

        mutating func value(depth: Int) -> PlainJSON? {
            if depth > Reader.deepest { return nil }
            skipSpace()
            guard position < bytes.count else { return nil }
            switch bytes[position] {
            case UInt8(ascii: "{"): return object(depth: depth)
            case UInt8(ascii: "["): return array(depth: depth)
            case UInt8(ascii: "\""): return string().map { .string($0) }
            case UInt8(ascii: "t"): return word("true", .bool(true))
            case UInt8(ascii: "f"): return word("false", .bool(false))
            case UInt8(ascii: "n"): return word("null", .null)
            default: return number()
            }
        }

        private mutating func object(depth: Int) -> PlainJSON? {
            position += 1
            var members: [String: PlainJSON] = [:]
            if take("}") { return .object(members) }
            repeat {
                skipSpace()
                guard let key = string(), take(":"), let value = value(depth: depth + 1),
                    members.updateValue(value, forKey: key) == nil
                else { return nil }
            } while take(",")
            return take("}") ? .object(members) : nil
        }

        private mutating func array(depth: Int) -> PlainJSON? {
            position += 1
            var elements: [PlainJSON] = []
            if take("]") { return .array(elements) }
            repeat {
                guard let value = value(depth: depth + 1) else { return nil }
                elements.append(value)
            } while take(",")
            return take("]") ? .array(elements) : nil
        }

        private mutating func word(_ text: StaticString, _ value: PlainJSON) -> PlainJSON? {
            let length = text.utf8CodeUnitCount
            let isThere = text.withUTF8Buffer { bytes[position...].starts(with: $0) }
            position += isThere ? length : 0
            return isThere ? value : nil
        }

        private mutating func number() -> PlainJSON? {
            let start = position
            while position < bytes.count, "+-.0123456789eE".utf8.contains(bytes[position]) { position += 1 }
            let text = bytes[start..<position]
            // JSON has no `+1`, `.5`, `5.` or `01`, which `Double` reads.
            let digits = text.first == UInt8(ascii: "-") ? text.dropFirst() : text
            guard let first = digits.first, let last = digits.last, isDigit(first), isDigit(last) else {
                return nil
            }
            if first == UInt8(ascii: "0"), let second = digits.dropFirst().first, isDigit(second) {
                return nil
            }
            guard let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else {
                return nil
            }
            return .number(value)
        }

        private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

        private mutating func string() -> String? {
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { return nil }
            position += 1
            var text: [UInt8] = []
            while position < bytes.count {
                let byte = bytes[position]
                position += 1
                switch byte {
                case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self)
                case UInt8(ascii: "\\"):
                    guard let character = escaped() else { return nil }
                    text += character
                case 0..<0x20: return nil
                default: text.append(byte)
                }
            }
            return nil
        }

        private mutating func escaped() -> [UInt8]? {
            guard position < bytes.count else { return nil }
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
            case UInt8(ascii: "n"): return [0x0A]
            case UInt8(ascii: "t"): return [0x09]
            case UInt8(ascii: "r"): return [0x0D]
            case UInt8(ascii: "b"): return [0x08]
            case UInt8(ascii: "f"): return [0x0C]
            case UInt8(ascii: "u"):
                guard position + 4 <= bytes.count else { return nil }
                let digits = bytes[position..<position + 4]
                let isHex = digits.allSatisfy { "0123456789abcdefABCDEF".utf8.contains($0) }
                guard isHex, let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16),
                    let scalar = Unicode.Scalar(code)
                else { return nil }
                position += 4
                return Array(String(Character(scalar)).utf8)
            default: return nil
            }
        }
    }
}
