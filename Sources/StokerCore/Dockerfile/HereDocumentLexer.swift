/// Splits an instruction into words as BuildKit's `shell/lex.go` does for here-documents: no variable has a value,
/// and a substitution stays as it is written.
struct HereDocumentLexer {
    typealias Stop = HereDocument.Stop

    private let runes: [UInt32]
    private let rules: HereDocumentRules
    /// Quotes and escapes stay in the words.
    private let keepsQuotes: Bool
    private var position = 0
    private var depth = 0
    private var found: [[UInt32]] = []
    private var word: [UInt32] = []
    private var isInWord = false

    /// Of substitutions within each other; deeper ones are not followed.
    private static let depthLimit = 32

    init(_ runes: [UInt32], rules: HereDocumentRules, keepsQuotes: Bool) {
        self.runes = runes
        self.rules = rules
        self.keepsQuotes = keepsQuotes
    }

    /// - Throws: `.refused` for quotes and substitutions without an end, and substitutions that the front end does
    ///   not know.
    mutating func words() throws(Stop) -> [[UInt32]] {
        while let rune = next {
            switch rune {
            case "'": add(raw: try singleQuoted())
            case "\"": add(raw: try doubleQuoted())
            case "$": for rune in try substitution() { add(rune) }
            case "<" where rules == .spaced: add(raw: opening())
            case "\\":
                position += 1
                if keepsQuotes { add(raw: [rune]) }
                guard let escaped = next else { continue }
                position += 1
                add(raw: [escaped])
            default:
                position += 1
                add(rune)
            }
        }
        if !word.isEmpty { found.append(word) }
        return found
    }

    private var next: UInt32? { position < runes.count ? runes[position] : nil }

    private mutating func add(raw text: [UInt32]) {
        word += text
        isInWord = true
    }

    private mutating func add(_ rune: UInt32) {
        guard HereDocumentLexer.isSpace(rune) else { return add(raw: [rune]) }
        guard isInWord, !word.isEmpty else { return }
        found.append(word)
        word = []
        isInWord = false
    }

    /// `<<` takes the white space behind it into the word.
    private mutating func opening() -> [UInt32] {
        position += 1
        guard next == Unicode.Scalar("<").value else { return [0x3C] }
        position += 1
        var text: [UInt32] = [0x3C, 0x3C]
        while let rune = next, rune == "\t" || rune == "\r" || rune == " " {
            text.append(rune)
            position += 1
        }
        return text
    }

    private mutating func singleQuoted() throws(Stop) -> [UInt32] {
        let start = position
        position += 1
        while let rune = next {
            position += 1
            if rune == "'" {
                return Array(keepsQuotes ? runes[start..<position] : runes[start + 1..<position - 1])
            }
        }
        throw .refused
    }

    private mutating func doubleQuoted() throws(Stop) -> [UInt32] {
        position += 1
        var text: [UInt32] = keepsQuotes ? [0x22] : []
        while let rune = next {
            switch rune {
            case "\"":
                position += 1
                if keepsQuotes { text.append(rune) }
                return text
            case "$": text += try substitution()
            case "\\":
                position += 1
                guard let escaped = next else {
                    // Older and newer ones differ in what is left of it, and refuse it all the same.
                    throw .refused
                }
                if keepsQuotes { text.append(rune) }
                if escaped == "\"" || escaped == "$" || escaped == "\\" {
                    position += 1
                    text.append(escaped)
                } else {
                    text.append(rune)
                }
            default:
                position += 1
                text.append(rune)
            }
        }
        throw .refused
    }

    /// `$name` and `${…}`, as written: nothing is set.
    private mutating func substitution() throws(Stop) -> [UInt32] {
        let start = position
        position += 1
        guard next == Unicode.Scalar("{").value else {
            try passName()
            return Array(runes[start..<position])
        }
        position += 1
        if let rune = next, rune == "{" || rune == "}" || rune == ":" { throw .refused }
        try passName()
        guard var modifier = next else { throw .refused }
        position += 1
        if modifier == "}" { return Array(runes[start..<position]) }
        let hasColon = modifier == ":"
        if hasColon {
            guard let behind = next else { throw .refused }
            modifier = behind
            position += 1
        }
        let isPattern = modifier == "#" || modifier == "%"
        if rules == .words {
            let isKnown = hasColon ? "+-?".unicodeScalars.contains { modifier == $0 } : modifier == "?"
            if !isKnown { throw .refused }
        } else if hasColon, isPattern {
            // 1.16 refuses it, and one before it does not.
            throw .unclear
        } else if modifier == "/", !hasColon {
            if next == modifier { position += 1 }
            try pass(until: "/")
        } else if !hasColon, !isPattern, !"+-?".unicodeScalars.contains(where: { modifier == $0 }) {
            throw .refused
        }
        try pass(until: "}")
        let text = runes[start..<position]
        // What stays of escapes and quotes in it depends on the front end.
        if text.contains(0x5C) || (!keepsQuotes && text.contains { $0 == "'" || $0 == "\"" }) {
            throw .unclear
        }
        if rules.rawValue >= HereDocumentRules.shared.rawValue { word = [] }
        return Array(text)
    }

    /// The rest of a substitution; it may hold further ones.
    private mutating func pass(until stop: Unicode.Scalar) throws(Stop) {
        depth += 1
        defer { depth -= 1 }
        if depth > HereDocumentLexer.depthLimit { throw .unclear }
        while let rune = next {
            if rune == stop {
                position += 1
                return
            }
            switch rune {
            case "'": _ = try singleQuoted()
            case "\"": _ = try doubleQuoted()
            case "$": _ = try substitution()
            case "\\": position += 2
            default: position += 1
            }
        }
        throw .refused
    }

    /// Go's `unicode.IsSpace`.
    private static func isSpace(_ rune: UInt32) -> Bool {
        switch rune {
        case 0x09...0x0D, 0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000:
            true
        default: false
        }
    }

    /// Letters, digits and underscores, or digits alone, or one special character.
    private mutating func passName() throws(Stop) {
        let start = position
        while let rune = next {
            if rune >= 0x80 { throw .unclear }
            let byte = UInt8(rune)
            if position == start, "@*#?-$!0".utf8.contains(byte), byte != UInt8(ascii: "0") {
                position += 1
                return
            }
            guard ASCII.isLetterOrDigit(byte) || rune == "_" else { return }
            if position == start, ASCII.isDigit(byte) {
                while let digit = next, digit < 0x80, ASCII.isDigit(UInt8(digit)) { position += 1 }
                return
            }
            position += 1
        }
    }
}
