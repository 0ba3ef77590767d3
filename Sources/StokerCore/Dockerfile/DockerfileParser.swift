/// Takes a Dockerfile apart into instructions, by one way to find here-documents and else by the rules that all
/// builders share; where they do not, it says so in `doubt`.
struct DockerfileParser {
    let name: String
    let escape: UInt8
    let rules: HereDocumentRules
    var lines: DockerfileLines
    /// Those that can matter for what is read.
    private(set) var instructions: [Instruction] = []
    /// Of all.
    private(set) var count = 0
    /// Why the Dockerfile has no certain meaning.
    private(set) var doubt: ReadReason?
    /// The first line of an instruction in which some front end finds a here-document. Only the newest rules tell.
    var hereDocumentLine: Int?
    /// Whether those front ends that know here-documents find different ones. Only the newest rules tell.
    var hasDifferentDocuments = false

    init(_ bytes: [UInt8], name: String, escape: UInt8, rules: HereDocumentRules) {
        self.name = name
        self.escape = escape
        self.rules = rules
        lines = DockerfileLines(bytes, dropsAllReturns: rules != .none)
    }

    func flaw(_ words: String, line: Int) -> StokerError {
        StokerError(.badInput, "\(name):\(line): \(words)")
    }

    mutating func parse() throws(StokerError) {
        while let raw = nextLine() {
            try checkLength()
            let start = lines.number
            let line = DockerfileParser.withoutIndent(raw)
            if line.isEmpty || line.first == UInt8(ascii: "#") { continue }
            var (text, continues) = body(of: line)
            if continues {
                var joined = Array(text)
                while continues, let next = nextLine() {
                    let content = DockerfileParser.withoutIndent(next)
                    if content.isEmpty || content.first == UInt8(ascii: "#") { continue }
                    (text, continues) = body(of: next)
                    joined.append(contentsOf: text)
                }
                text = joined[...]
            }
            try checkLength()
            try take(text, line: start)
        }
        try checkLength()
        if count == 0 { throw flaw("there are no instructions", line: 1) }
    }

    private mutating func nextLine() -> ArraySlice<UInt8>? { lines.next() }

    private func checkLength() throws(StokerError) {
        guard let line = lines.tooLong else { return }
        throw flaw(
            "the line is longer than the \(DockerfileLines.lengthLimit) bytes builders take", line: line)
    }

    static func withoutIndent(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let first = line.first, first <= 0x20 || first >= 0x80 else { return line }
        return line[PatternText.trimmed(line).startIndex...]
    }

    /// The line without the escape character that joins it to the next one.
    private mutating func body(of line: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, continues: Bool) {
        var end = line.endIndex
        while end > line.startIndex, line[end - 1] == 0x20 || line[end - 1] == 0x09 { end -= 1 }
        guard end > line.startIndex, line[end - 1] == escape else {
            return (line, false)
        }
        if end - 1 > line.startIndex, line[end - 2] == escape {
            note("the line ends in two escape characters, which builders read differently", lines.number)
            return (line, false)
        }
        return (line[..<(end - 1)], true)
    }

    mutating func note(_ words: String, _ line: Int) {
        doubt = doubt ?? ReadReason(line: line, words: words)
    }

    private mutating func take(_ text: ArraySlice<UInt8>, line: Int) throws(StokerError) {
        count += 1
        let (word, rest) = Instruction.split(text)
        guard Instruction.names.contains(word) else { throw unknown(word, line: line) }
        let flags = InstructionFlags(rest)
        try check(word, flags, line: line)
        let documents =
            canAnnounce(word, flags.rest, line: line) ? try hereDocuments(in: text, line: line) : []
        guard let keyword = Instruction.Keyword(rawValue: word) else { return }
        if keyword == .run, flags.isEmpty { return }
        var instruction = Instruction(keyword: keyword, line: line, flags: flags, arguments: flags.rest)
        if !documents.isEmpty {
            instruction.hereDocuments = documents.map(\.name)
            instruction.documentWords = try documentWords(of: instruction)
        }
        instructions.append(instruction)
    }

    private func unknown(_ word: String, line: Int) -> StokerError {
        let shown = Array(word.uppercased().utf8)
        var error = flaw("unknown instruction \(Shown.text(shown[...]).dropFirst().dropLast())", line: line)
        if let meant = Suggestion.nearest(to: word, in: Instruction.names) {
            error.nextStep = "write \(meant.uppercased()) if that is meant"
        }
        return error
    }

    private func check(_ word: String, _ flags: InstructionFlags, line: Int) throws(StokerError) {
        switch word {
        case "from", "env", "arg", "onbuild":
            if flags.rest.isEmpty { throw flaw("\(word.uppercased()) needs an argument", line: line) }
        case "copy", "add":
            let list = ArgumentWords.list(flags.rest)
            if list.isCertain, list.words.count < 2 {
                throw flaw("\(word.uppercased()) needs a source and a destination", line: line)
            }
        default: break
        }
        if word == "env" { try checkPairs(flags.rest, line: line) }
        if word == "onbuild" {
            let inner = Instruction.split(flags.rest).keyword
            if ["onbuild", "from", "maintainer"].contains(inner) {
                throw flaw("\(inner.uppercased()) cannot be an ONBUILD trigger", line: line)
            }
            if !Instruction.names.contains(inner) {
                throw flaw(
                    "unknown instruction \(Shown.text(Array(inner.utf8)[...])) after ONBUILD", line: line)
            }
        }
    }
}

extension DockerfileParser {
    private func checkPairs(_ arguments: ArraySlice<UInt8>, line: Int) throws(StokerError) {
        let words = ArgumentWords.quoted(arguments, escape: escape)
        let equals = UInt8(ascii: "=")
        guard let first = words.first else { throw flaw("ENV needs a name and a value", line: line) }
        if !first.contains(equals) {
            guard arguments.contains(where: ASCII.isSpace) else {
                throw flaw("ENV needs a name and a value", line: line)
            }
            return
        }
        for word in words {
            guard let end = word.firstIndex(of: equals) else {
                throw flaw("\(Shown.text(word[...])) has no = as ENV needs it", line: line)
            }
            if end == 0 { throw flaw("ENV needs a name before =", line: line) }
        }
    }

    private mutating func canAnnounce(_ word: String, _ arguments: ArraySlice<UInt8>, line: Int) -> Bool {
        switch word {
        case "run", "copy", "add":
            guard HereDocument.containsOpening(arguments) else { return false }
            switch JSONWords.read(arguments) {
            case .words: return false
            case .no: return true
            case .unclear:
                note("builders differ in whether this is JSON or may have a here-document", line)
                return true
            }
        case "onbuild":
            let (inner, rest) = Instruction.split(arguments)
            return inner != "onbuild" && canAnnounce(inner, InstructionFlags(rest).rest, line: line)
        default: return false
        }
    }
}
