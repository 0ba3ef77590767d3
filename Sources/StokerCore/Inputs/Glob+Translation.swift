extension Glob {
    /// Which kind of pattern the builders make of a text, and for a glob the regular expression that they
    /// compile, parsed.
    ///
    /// The builders write a regular expression rune by rune, inside brackets too, so `[*]` becomes
    /// `[[^/]*]`: a class, a repetition and a literal bracket. Taking the same way round is the only one
    /// that gives the same answers.
    static func kind(of text: [UInt8]) throws(IgnorePattern.Malformed) -> IgnorePattern.Kind {
        if !text.contains(where: special.contains) { return .exact }
        var runes = Runes.decode(text)[...]
        if runes.first == 0xFEFF { runes.removeFirst() }
        var expression: [UInt32] = []
        var detected = Detected.exact
        var isFirst = true
        while let rune = runes.popFirst() {
            switch rune {
            case "*":
                if runes.first == Unicode.Scalar("*").value {
                    runes.removeFirst()
                    if runes.first == Unicode.Scalar("/").value { runes.removeFirst() }
                    if runes.isEmpty {
                        if detected != .exact { expression.append(".*") }
                        detected = detected == .exact ? .prefix : .glob
                    } else {
                        expression.append("(.*/)?")
                        detected = .glob
                    }
                    if isFirst { detected = .suffix }
                } else {
                    expression.append("[^/]*")
                    detected = .glob
                }
            case "?":
                expression.append("[^/]")
                detected = .glob
            case ".", "+", "(", ")", "|", "{", "}", "$": expression.append(escaping: rune)
            case "\\":
                // checkSyntax has refused a backslash at the end.
                expression.append(escaping: runes.popFirst() ?? Runes.replacement)
                detected = .glob
            case "[", "]":
                expression.append(rune)
                detected = .glob
            default: expression.append(rune)
            }
            isFirst = false
        }
        switch detected {
        case .exact: return .exact
        case .prefix: return .prefix(Array(text.dropLast(2)))
        case .suffix: return .suffix(Array(text.dropFirst(2)))
        case .glob: return .glob(Glob(items: try Glob.parse(expression)))
        }
    }

    /// Without one of these a pattern is a literal.
    private static let special = Array("*?[]\\".utf8)

    private enum Detected { case exact, prefix, suffix, glob }
}

extension [UInt32] {
    fileprivate mutating func append(_ text: String) { append(contentsOf: text.unicodeScalars.map(\.value)) }

    fileprivate mutating func append(escaping rune: UInt32) {
        append("\\")
        append(rune)
    }
}
