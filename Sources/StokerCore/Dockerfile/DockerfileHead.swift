/// The parser directives at the top of a Dockerfile.
struct DockerfileHead {
    private(set) var escape = UInt8(ascii: "\\")
    /// Why the file's meaning is not certain.
    private(set) var doubt: ReadReason?
    /// What every builder refuses.
    private(set) var flaw: ReadReason?

    init(_ bytes: [UInt8]) {
        var lines = DockerfileLines(bytes)
        var areDirectives = true
        var seen: Set<[UInt8]> = []
        var hadBlank = false
        while let line = lines.next() {
            let text = PatternText.trimmed(line)
            // Front ends differ in which comments may stand before `syntax`; any at the top counts.
            if text.isEmpty {
                hadBlank = true
                continue
            }
            guard text.first == UInt8(ascii: "#") else {
                checkForeign(text, line: lines.number)
                return
            }
            if hadBlank { return }
            guard let (key, value) = DockerfileHead.directive(text.dropFirst()) else {
                areDirectives = false
                continue
            }
            if key.elementsEqual("syntax".utf8) {
                let reason = FrontEnd.doubt(value, line: lines.number, written: Shown.text(text))
                doubt = doubt ?? reason
            }
            guard areDirectives else { continue }
            switch String(decoding: key, as: UTF8.self) {
            case "escape":
                if seen.contains(Array("check".utf8)) {
                    note("old builders do not look for `escape` after `check`", lines.number)
                }
                setEscape(value, line: lines.number)
            case "syntax", "check": break
            default:
                areDirectives = false
                continue
            }
            if !seen.insert(key).inserted {
                let words = "only one \(String(decoding: key, as: UTF8.self)) directive can be used"
                if key.elementsEqual("escape".utf8) {
                    flaw = flaw ?? ReadReason(line: lines.number, words: words)
                } else {
                    note(words, lines.number)
                }
            }
        }
    }

    private mutating func note(_ words: String, _ line: Int) {
        doubt = doubt ?? ReadReason(line: line, words: words)
    }

    private mutating func setEscape(_ value: ArraySlice<UInt8>, line: Int) {
        guard value.count == 1, let byte = value.first,
            byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "`")
        else {
            let words = "the escape character \(Shown.text(value)) is neither ` nor \\"
            flaw = flaw ?? ReadReason(line: line, words: words)
            return
        }
        escape = byte
    }

    /// BuildKit also finds a front end in `// syntax=…` and in a JSON document.
    private mutating func checkForeign(_ text: ArraySlice<UInt8>, line: Int) {
        if text.first == UInt8(ascii: "{") || text.starts(with: "//".utf8) {
            note("this is no Dockerfile but may name a front end", line)
        }
    }

    /// `key = value` of a comment, the key in lower case.
    private static func directive(
        _ comment: ArraySlice<UInt8>
    ) -> (key: [UInt8], value: ArraySlice<UInt8>)? {
        let text = PatternText.trimmed(comment)
        guard let equals = text.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        let key = PatternText.trimmed(text[..<equals]).map(ASCII.lowercased)
        let value = PatternText.trimmed(text[(equals + 1)...])
        guard let first = key.first, ASCII.isLetter(first), key.allSatisfy(ASCII.isLetterOrDigit),
            !value.isEmpty
        else { return nil }
        return (key, value)
    }
}
