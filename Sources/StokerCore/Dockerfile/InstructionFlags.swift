/// The `--name=value` words in front of an instruction's arguments.
struct InstructionFlags: Equatable {
    struct Flag: Equatable {
        var name: String
        /// `nil` without an equals sign.
        var value: [UInt8]?
    }

    private(set) var flags: [Flag] = []
    /// Whether there is text that builders take apart differently.
    private(set) var isUncertain = false
    /// What follows them.
    private(set) var rest: ArraySlice<UInt8> = []

    init() {}

    /// The builders' own splitting: by bytes, with quotes taken away, and a backslash as escape whatever the
    /// Dockerfile's escape character is.
    init(_ text: ArraySlice<UInt8>) {
        var position = text.startIndex
        while true {
            position = text[position...].firstIndex { !ASCII.isSpace($0) } ?? text.endIndex
            let isFlag = text[position...].starts(with: "--".utf8)
            guard isFlag else { break }
            var word: [UInt8] = []
            var quote: UInt8?
            while position < text.endIndex, quote != nil || !ASCII.isSpace(text[position]) {
                let byte = text[position]
                position += 1
                if byte >= 0x80 || byte == 0 { isUncertain = true }
                if let open = quote, byte == open {
                    quote = nil
                } else if quote == nil, byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                    quote = byte
                } else if byte == UInt8(ascii: "\\") {
                    guard position < text.endIndex else { continue }
                    word.append(text[position])
                    position += 1
                } else {
                    word.append(byte)
                }
            }
            if word.elementsEqual("--".utf8) { break }
            let end = word.firstIndex(of: UInt8(ascii: "=")) ?? word.endIndex
            let name = String(decoding: word[..<end].dropFirst(2), as: UTF8.self)
            flags.append(Flag(name: name, value: end == word.endIndex ? nil : Array(word[(end + 1)...])))
        }
        rest = PatternText.trimmed(text[position...])
    }

    var isEmpty: Bool { flags.isEmpty }

    /// Why the flags have no certain meaning: one that is unknown, double or without its value.
    func doubt(texts: Set<String>, switches: Set<String> = [], lists: Set<String> = []) -> String? {
        if isUncertain { return "its flags have characters that builders read differently" }
        var seen: Set<String> = []
        for flag in flags {
            let shown = Shown.text(Array("--\(flag.name)".utf8)[...])
            if switches.contains(flag.name) {
                guard let value = flag.value else { continue }
                let text = String(decoding: value, as: UTF8.self).lowercased()
                guard text == "true" || text == "false" else { return "\(shown) is neither true nor false" }
            } else if texts.contains(flag.name) || lists.contains(flag.name) {
                if flag.value == nil { return "\(shown) has no value" }
            } else {
                return "\(shown) is a flag that Stoker does not know"
            }
            if !seen.insert(flag.name).inserted, !lists.contains(flag.name) {
                return "\(shown) is given twice"
            }
        }
        return nil
    }

    func value(_ name: String) -> [UInt8]? { flags.first { $0.name == name }?.value }

    func values(_ name: String) -> [[UInt8]] { flags.filter { $0.name == name }.compactMap(\.value) }

    func isOn(_ name: String) -> Bool {
        flags.contains { flag in
            flag.name == name
                && flag.value.map { String(decoding: $0, as: UTF8.self).lowercased() } != "false"
        }
    }
}
