/// A here-document that an instruction announces: `<<EOF`.
struct HereDocument: Equatable {
    var name: [UInt8]
    /// `<<-`: tabs in front of the last line are passed over.
    var chomps: Bool

    /// Those that the newest front end may see in a line, in order; older ones see fewer.
    static func announced(in line: ArraySlice<UInt8>) -> [HereDocument] {
        var lexer = Lexer(line: line)
        return lexer.documents()
    }

    /// Whether a word of `COPY` stands for a here-document and not for a path.
    static func isAnnounced(by word: [UInt8]) -> Bool {
        word.drop(while: ASCII.isDigit).starts(with: "<<".utf8)
    }

    private struct Lexer {
        let line: ArraySlice<UInt8>

        /// Words are separated by white space outside quotes, where a backslash escapes.
        mutating func documents() -> [HereDocument] {
            var found: [HereDocument] = []
            var position = line.startIndex
            while position < line.endIndex {
                if isSpace(line[position]) {
                    position += 1
                    continue
                }
                var word: [UInt8] = []
                var plain: [UInt8] = []
                var quote: UInt8?
                while position < line.endIndex, quote != nil || !isSpace(line[position]) {
                    let byte = line[position]
                    position += 1
                    word.append(byte)
                    if let open = quote, byte == open {
                        quote = nil
                    } else if quote == nil, byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                        quote = byte
                    } else if byte == UInt8(ascii: "\\"), quote != UInt8(ascii: "'"), position < line.endIndex
                    {
                        word.append(line[position])
                        plain.append(line[position])
                        position += 1
                    } else {
                        plain.append(byte)
                    }
                    // The newest front end joins `<<` and the word behind white space.
                    if quote == nil, isOpening(word) {
                        while position < line.endIndex, isSpace(line[position]) { position += 1 }
                    }
                }
                // With an open quote no front end finds any.
                if quote != nil { return [] }
                if let document = document(word, plain) { found.append(document) }
            }
            return found
        }

        private func isSpace(_ byte: UInt8) -> Bool { ASCII.isSpace(byte) || byte == 0x0A }

        private func isOpening(_ word: [UInt8]) -> Bool {
            let rest = word.drop(while: ASCII.isDigit)
            return rest.elementsEqual("<<".utf8) || rest.elementsEqual("<<-".utf8)
        }

        private func document(_ word: [UInt8], _ plain: [UInt8]) -> HereDocument? {
            guard HereDocument.isAnnounced(by: word) else { return nil }
            var rest = plain.drop(while: ASCII.isDigit).dropFirst(2)
            var chomps = false
            if rest.first == UInt8(ascii: "-") {
                chomps = true
                rest = rest.dropFirst()
            }
            if rest.isEmpty || rest.contains(UInt8(ascii: "<")) { return nil }
            return HereDocument(name: Array(rest), chomps: chomps)
        }
    }
}
