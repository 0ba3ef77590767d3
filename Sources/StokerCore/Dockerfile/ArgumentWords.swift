/// How the builders take an instruction's arguments apart.
enum ArgumentWords {
    /// The words of `COPY`, `ADD`; also whether an old builder may see others.
    struct List {
        var words: [[UInt8]]
        var isCertain = true
    }

    /// A JSON array of strings where there is one, else what white space separates.
    static func list(_ text: ArraySlice<UInt8>) -> List {
        switch JSONWords.read(text) {
        case .words(let words): List(words: words)
        case .no: List(words: separated(text))
        case .unclear: List(words: separated(text), isCertain: false)
        }
    }

    static func separated(_ text: ArraySlice<UInt8>) -> [[UInt8]] {
        text.split(whereSeparator: ASCII.isSpace).map(Array.init)
    }

    /// The words of `ENV` and `ARG`: quotes keep white space together and stay in the word.
    static func quoted(_ text: ArraySlice<UInt8>, escape: UInt8) -> [[UInt8]] {
        var words: [[UInt8]] = []
        var word: [UInt8] = []
        var quote: UInt8?
        var isBlankWord = false
        var position = text.startIndex
        while position < text.endIndex {
            let byte = text[position]
            position += 1
            if quote == nil, isSpace(byte) {
                if isBlankWord || !word.isEmpty { words.append(word) }
                word = []
                isBlankWord = false
                continue
            }
            if byte == escape, quote != UInt8(ascii: "'") {
                // An escape character at the end is dropped.
                guard position < text.endIndex else { continue }
                word.append(byte)
                word.append(text[position])
                position += 1
                continue
            }
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
                isBlankWord = true
            }
            word.append(byte)
        }
        if isBlankWord || !word.isEmpty { words.append(word) }
        return words
    }

    /// Also the newline, which a trigger out of an image may hold.
    private static func isSpace(_ byte: UInt8) -> Bool { ASCII.isSpace(byte) || byte == 0x0A }
}
