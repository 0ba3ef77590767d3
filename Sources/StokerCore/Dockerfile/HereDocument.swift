/// A here-document that an instruction announces: `<<EOF`.
struct HereDocument: Equatable {
    var name: [UInt8]
    /// `<<-`: tabs in front of the last line are passed over.
    var chomps: Bool

    /// Why nothing is told of a line.
    enum Stop: Error, Equatable {
        /// The front end refuses the Dockerfile.
        case refused
        /// The front end's answer is not certain.
        case unclear
    }

    /// Those that a front end sees in an instruction's joined lines, in order.
    static func announced(
        in line: ArraySlice<UInt8>, by rules: HereDocumentRules
    ) throws(Stop) -> [HereDocument] {
        guard rules != .none, containsOpening(line) else { return [] }
        let runes = try decoded(line)
        var lexer = HereDocumentLexer(runes, rules: rules, keepsQuotes: true)
        let words: [[UInt32]]
        do throws(Stop) {
            words = try lexer.words()
        } catch {
            // The builders take a line whose quotes do not match for one without here-documents.
            if error == .refused { return [] }
            throw error
        }
        var documents: [HereDocument] = []
        for word in words {
            if let document = try parse(word, by: rules) { documents.append(document) }
        }
        return documents
    }

    /// Whether a word of `COPY` stands for a here-document and not for a path.
    static func isAnnounced(by word: [UInt8], by rules: HereDocumentRules) throws(Stop) -> Bool {
        guard rules != .none, containsOpening(word[...]) else { return false }
        let runes = try decoded(word[...])
        do throws(Stop) {
            return try parse(runes, by: rules) != nil
        } catch {
            if error == .refused { return false }
            throw error
        }
    }

    static func containsOpening(_ text: ArraySlice<UInt8>) -> Bool {
        var previous: UInt8 = 0
        for byte in text {
            if byte == UInt8(ascii: "<"), previous == byte { return true }
            previous = byte
        }
        return false
    }

    /// BuildKit's `reHeredoc`: `^(\d*)<<(-?)([^<]*)$`, since 1.16 with `\s*` in front of the name.
    private static func parse(
        _ word: [UInt32], by rules: HereDocumentRules
    ) throws(Stop) -> HereDocument? {
        var rest = word.drop { (0x30...0x39).contains($0) }
        guard rest.starts(with: [0x3C, 0x3C]) else { return nil }
        rest = rest.dropFirst(2)
        let chomps = rest.first == Unicode.Scalar("-").value
        if chomps { rest = rest.dropFirst() }
        if rules == .spaced { rest = rest.drop { [0x09, 0x0A, 0x0C, 0x0D, 0x20].contains($0) } }
        if rest.isEmpty || rest.contains(Unicode.Scalar("<").value) { return nil }
        var lexer = HereDocumentLexer(Array(rest), rules: rules, keepsQuotes: false)
        let words = try lexer.words()
        guard words.count == 1, let name = Runes.encode(words[0]) else { return nil }
        return HereDocument(name: name, chomps: chomps)
    }

    private static func decoded(_ bytes: ArraySlice<UInt8>) throws(Stop) -> [UInt32] {
        let invalid: UInt32 = 0x11_0000
        let runes = Runes.decode(Array(bytes), invalid: invalid)
        // Go reads a stray byte as another character, and passes over a byte order mark in some places.
        if runes.contains(where: { $0 == invalid || $0 == Runes.replacement || $0 == 0xFEFF || $0 == 0 }) {
            throw .unclear
        }
        return runes
    }
}
