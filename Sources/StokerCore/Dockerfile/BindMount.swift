/// One `--mount` of RUN, as written.
struct BindMount {
    /// What it is; a text that may be a variable included.
    private(set) var types: [[UInt8]] = []
    private(set) var from: [[UInt8]] = []
    private(set) var sources: [[UInt8]] = []
    /// Why it has no certain meaning.
    private(set) var doubt: String?

    private static let otherKeys: Set<String> = [
        "target", "dst", "destination", "readonly", "ro", "readwrite", "rw", "id", "sharing", "required",
        "mode", "uid", "gid", "size", "env",
    ]

    init(_ text: [UInt8]) {
        if text.contains(where: { $0 == UInt8(ascii: "\"") || $0 == 0x0A || $0 == 0x0D }) {
            doubt = "a mount has quotes in it"
        }
        for field in text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let end = field.firstIndex(of: UInt8(ascii: "=")) ?? field.endIndex
            let key = String(decoding: field[..<end].map(ASCII.lowercased), as: UTF8.self)
            let value = Array(field[end...].dropFirst())
            switch key {
            case "type": types.append(value)
            case "from": from.append(value)
            case "source", "src": sources.append(value)
            case let key where BindMount.otherKeys.contains(key): break
            default: doubt = doubt ?? "\(Shown.text(field)) is no field of a mount that Stoker knows"
            }
        }
        if types.count > 1 || from.count > 1 || sources.count > 1 {
            doubt = doubt ?? "a field of a mount is given twice"
        }
    }

    enum Kind {
        /// Reads its source.
        case bind
        /// Reads its source of a stage, an image or a named context only.
        case cache
        /// Reads no files.
        case other
        case unknown
    }

    var kind: Kind {
        guard let type = types.first else { return .bind }
        switch String(decoding: type.map(ASCII.lowercased), as: UTF8.self) {
        case "bind": return .bind
        case "cache": return .cache
        case "tmpfs", "secret", "ssh": return .other
        default: return .unknown
        }
    }
}
