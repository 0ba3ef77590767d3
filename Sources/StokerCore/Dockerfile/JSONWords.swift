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
        // What the strict reader does not take is not certain.
        guard let words = PlainJSON(Array(trimmed))?.strings else { return .unclear }
        return .words(words.map { Array($0.utf8) })
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }
}
