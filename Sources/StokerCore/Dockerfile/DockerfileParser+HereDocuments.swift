extension DockerfileParser {
    /// Passes over the instruction's here-documents.
    ///
    /// - Throws: `StokerError` (`badInput`) where front ends of these rules refuse the file.
    mutating func hereDocuments(
        in text: ArraySlice<UInt8>, line: Int
    ) throws(StokerError) -> [HereDocument] {
        guard HereDocument.containsOpening(text) else { return [] }
        if rules == .spaced { compareRules(text, line: line) }
        let documents: [HereDocument]
        do throws(HereDocument.Stop) {
            documents = try HereDocument.announced(in: text, by: rules)
        } catch {
            if error == .refused { throw flaw("the name of the here-document cannot be read", line: line) }
            note("`<<` may begin a here-document that Stoker does not understand", line)
            return []
        }
        for document in documents where !pass(document) {
            throw flaw("the here-document has no end", line: line)
        }
        return documents
    }

    /// Finds out whether it matters by which rules the file is read.
    private mutating func compareRules(_ text: ArraySlice<UInt8>, line: Int) {
        let others: [HereDocumentRules] = [.words, .patterns, .shared]
        let own = Result { () throws(HereDocument.Stop) in
            try HereDocument.announced(in: text, by: .spaced)
        }
        let areSame = others.allSatisfy { rules in
            own == Result { () throws(HereDocument.Stop) in try HereDocument.announced(in: text, by: rules) }
        }
        if areSame, own == .success([]) { return }
        hereDocumentLine = hereDocumentLine ?? line
        if !areSame { hasDifferentDocuments = true }
    }

    /// Those words of COPY or ADD that are no sources.
    mutating func documentWords(of instruction: Instruction) throws(StokerError) -> Set<[UInt8]> {
        guard instruction.keyword == .copy || instruction.keyword == .add,
            JSONWords.read(instruction.arguments) == .no
        else { return [] }
        var words: Set<[UInt8]> = []
        let all = ArgumentWords.separated(instruction.arguments)
        for (number, word) in all.enumerated() {
            do throws(HereDocument.Stop) {
                guard try HereDocument.isAnnounced(by: word, by: rules) else { continue }
            } catch {
                note("whether \(Shown.text(word[...])) is a here-document is not clear", instruction.line)
                continue
            }
            if number == all.count - 1 {
                throw flaw(
                    "a here-document cannot be the destination of \(instruction.label)",
                    line: instruction.line)
            }
            words.insert(word)
        }
        return words
    }

    /// Here-documents end where all carriage returns at the line's end are dropped: moby/buildkit #4282.
    ///
    /// - Returns: `false` for a here-document without its closing line.
    private mutating func pass(_ document: HereDocument) -> Bool {
        while var line = lines.next() {
            if document.chomps { line = line.drop { $0 == 0x09 } }
            if line.elementsEqual(document.name) { return true }
        }
        return false
    }
}
