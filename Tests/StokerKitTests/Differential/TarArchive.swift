/// Reads tar archives as engines write them: ustar with PAX or GNU extensions.
struct TarArchive {
    struct Member {
        var path: [UInt8] = []
        /// `0` file, `1` hard link, `2` link, `3` and `4` devices, `5` folder, `6` FIFO.
        var kind: UInt8 = 0
        var mode: Int = 0
        var owner: Int = 0
        var group: Int = 0
        /// Whole seconds since 1970.
        var modified: Int = 0
        var target: [UInt8] = []
        var content: ArraySlice<UInt8> = []
        /// Extended attributes, by name.
        var attributes: [String: [UInt8]] = [:]
    }

    struct Malformed: Error {}

    private let bytes: [UInt8]
    private var position = 0

    static func members(of bytes: [UInt8]) throws -> [Member] {
        var archive = TarArchive(bytes: bytes)
        return try archive.all()
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func all() throws -> [Member] {
        var members: [Member] = []
        var extended: [String: [UInt8]] = [:]
        while position + 512 <= bytes.count, bytes[position] != 0 {
            let header = bytes[position..<position + 512]
            let size = extended["size"].flatMap { Int(String(decoding: $0, as: UTF8.self)) }
            let content = try take(size ?? number(in: header, 124, 12))
            switch header[header.startIndex + 156] {
            case UInt8(ascii: "x"): extended = try TarArchive.records(content)
            case UInt8(ascii: "L"): extended["path"] = Array(content.prefix { $0 != 0 })
            case UInt8(ascii: "K"): extended["linkpath"] = Array(content.prefix { $0 != 0 })
            case UInt8(ascii: "g"): break
            case let kind:
                members.append(try member(header, extended, kind: kind, content))
                extended = [:]
            }
        }
        return members
    }

    /// The content behind the header at hand; moves on to the next header.
    private mutating func take(_ size: Int) throws -> ArraySlice<UInt8> {
        let start = position + 512
        guard size >= 0, start + size <= bytes.count else { throw Malformed() }
        position = start + (size + 511) / 512 * 512
        return bytes[start..<start + size]
    }

    private func member(
        _ header: ArraySlice<UInt8>, _ extended: [String: [UInt8]], kind: UInt8, _ content: ArraySlice<UInt8>
    ) throws -> Member {
        var path = text(in: header, 0, 100)
        let isPOSIX = text(in: header, 257, 6).elementsEqual("ustar".utf8)
        if isPOSIX, header[header.startIndex + 345] != 0 {
            path = text(in: header, 345, 155) + [UInt8(ascii: "/")] + path
        }
        path = extended["path"] ?? path
        while path.last == UInt8(ascii: "/") { path.removeLast() }
        let time = extended["mtime"].flatMap { Double(String(decoding: $0, as: UTF8.self)) }
        return Member(
            path: path, kind: kind == 0 ? UInt8(ascii: "0") : kind, mode: try number(in: header, 100, 8),
            owner: try number(in: header, 108, 8), group: try number(in: header, 116, 8),
            modified: try time.map { Int($0.rounded(.down)) } ?? number(in: header, 136, 12),
            target: extended["linkpath"] ?? text(in: header, 157, 100), content: content,
            attributes: TarArchive.attributes(extended))
    }

    private static let attributePrefix = "SCHILY.xattr."

    private static func attributes(_ extended: [String: [UInt8]]) -> [String: [UInt8]] {
        var attributes: [String: [UInt8]] = [:]
        for (key, value) in extended where key.hasPrefix(attributePrefix) {
            attributes[String(key.dropFirst(attributePrefix.count))] = value
        }
        return attributes
    }

    private func text(in header: ArraySlice<UInt8>, _ offset: Int, _ length: Int) -> [UInt8] {
        let start = header.startIndex + offset
        return Array(header[start..<start + length].prefix { $0 != 0 })
    }

    /// Octal digits, or with the highest bit set a binary number.
    private func number(in header: ArraySlice<UInt8>, _ offset: Int, _ length: Int) throws -> Int {
        let start = header.startIndex + offset
        let field = header[start..<start + length]
        if let first = field.first, first & 0x80 != 0 {
            return field.reduce(first & 0x40 != 0 ? -1 : 0) { ($0 << 8) | Int($1) } & Int.max
        }
        let digits = field.filter { (0x30...0x37).contains($0) }
        return digits.reduce(0) { $0 * 8 + Int($1 - 0x30) }
    }

    /// `length key=value\n`, again and again.
    private static func records(_ bytes: ArraySlice<UInt8>) throws -> [String: [UInt8]] {
        var records: [String: [UInt8]] = [:]
        var rest = bytes
        while let space = rest.firstIndex(of: 0x20) {
            guard let length = Int(String(decoding: rest[..<space], as: UTF8.self)), length <= rest.count,
                let equals = rest[space...].firstIndex(of: UInt8(ascii: "="))
            else { throw Malformed() }
            let end = rest.startIndex + length
            records[String(decoding: rest[(space + 1)..<equals], as: UTF8.self)] = Array(
                rest[(equals + 1)..<(end - 1)])
            rest = rest[end...]
        }
        return records
    }
}
