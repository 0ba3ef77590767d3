/// A Dockerfile as all front ends read it: those that refuse it build nothing, and the others must agree.
struct UnifiedParse {
    /// By the newest rules by which the file is no error, or by the newest if there are none.
    let parser: DockerfileParser
    /// Why no front end takes the file.
    let error: StokerError?
    /// Why the file has no certain meaning.
    let doubt: ReadReason?

    init(_ bytes: [UInt8], name: String, escape: UInt8) {
        func parse(_ rules: HereDocumentRules) -> (parser: DockerfileParser, error: StokerError?) {
            var parser = DockerfileParser(bytes, name: name, escape: escape, rules: rules)
            do throws(StokerError) { try parser.parse() } catch { return (parser, error) }
            return (parser, nil)
        }
        var parses = [parse(.spaced)]
        let several = parses[0].parser.lines.severalReturns
        if let line = parses[0].parser.hereDocumentLine ?? several {
            if parses[0].parser.hasDifferentDocuments {
                parses += [HereDocumentRules.shared, .patterns, .words].map(parse)
            }
            parses.append(parse(.none))
            // What cannot be told is no refusal.
            let possible = parses.filter { $0.error == nil || $0.parser.doubt != nil }
            let first = possible.first ?? parses[0]
            parser = first.parser
            error = first.error
            let differ = possible.contains { $0.parser.instructions != first.parser.instructions }
            doubt =
                possible.lazy.compactMap(\.parser.doubt).first
                ?? (differ
                    ? ReadReason(
                        line: line,
                        words: line == several
                            ? "the line ends in carriage returns, which builders read differently"
                            : "builders differ in where this here-document begins and ends")
                    : nil)
        } else {
            parser = parses[0].parser
            error = parses[0].error
            doubt = parser.doubt
        }
    }
}
