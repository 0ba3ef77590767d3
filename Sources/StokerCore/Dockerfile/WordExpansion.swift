/// One expansion of a word's variables, quotes and escapes, as BuildKit's `shell/lex.go` does it.
///
/// What older front ends do not know (`${a-b}`, `${a#b}`, `${a/b/c}`) they refuse, so they read nothing else.
struct WordExpansion {
    enum Stop: Error, Equatable {
        /// The builders refuse the word, or it has no certain value.
        case unknown(String)
        /// A variable has several values; one must be chosen first.
        case choice([UInt8], [[UInt8]?])
    }

    /// Of bytes in a value; longer ones are not followed.
    static let lengthLimit = 65_536
    /// Of substitutions within each other.
    static let depthLimit = 32

    let word: [UInt8]
    let escape: UInt8
    let environment: BuildEnvironment
    /// Values chosen for variables that may have several.
    let chosen: [[UInt8]: [UInt8]?]
    /// Of `work`; beyond it nothing is certain.
    let allowance: Int
    /// Bytes made and steps of patterns taken so far.
    private(set) var work = 0
    var position = 0
    var depth = 0

    /// Whether the builders leave the word as it is.
    static func isPlain(_ word: [UInt8], escape: UInt8) -> Bool {
        word.allSatisfy { byte in
            byte != UInt8(ascii: "$") && byte != UInt8(ascii: "'") && byte != UInt8(ascii: "\"")
                && byte != escape && byte < 0x80 && byte != 0
        }
    }

    mutating func run() throws(Stop) -> [UInt8] {
        guard let text = String(validating: word, as: UTF8.self),
            !text.unicodeScalars.contains(where: { $0 == "\0" || $0 == "\u{FEFF}" })
        else { throw .unknown("\(Shown.text(word[...])) is no plain text") }
        return try expand(until: nil, keepsEscapes: false)
    }

    mutating func spend(_ amount: Int) throws(Stop) {
        work += amount
        if work > allowance { throw .unknown("the Dockerfile is too large to be followed") }
    }

    var next: UInt8? { position < word.count ? word[position] : nil }

    func refused(_ why: String) -> Stop {
        .unknown("\(Shown.text(word[...])) cannot be expanded: \(why)")
    }

    mutating func expand(until stop: UInt8?, keepsEscapes: Bool) throws(Stop) -> [UInt8] {
        depth += 1
        defer { depth -= 1 }
        if depth > WordExpansion.depthLimit { throw .unknown("substitutions are nested too deeply") }
        var result: [UInt8] = []
        while let byte = next {
            if byte == stop {
                position += 1
                return result
            }
            switch byte {
            case UInt8(ascii: "'"): try takeSingleQuoted(into: &result)
            case UInt8(ascii: "\""): try takeDoubleQuoted(into: &result, keepsEscapes: keepsEscapes)
            case UInt8(ascii: "$"): try append(try substitution(), to: &result)
            case escape:
                position += 1
                if keepsEscapes { result.append(escape) }
                guard let escaped = next else { continue }
                result.append(escaped)
                position += 1
            default:
                result.append(byte)
                position += 1
            }
            if result.count > WordExpansion.lengthLimit { throw .unknown("a value is too long") }
        }
        if stop != nil { throw refused("a substitution has no end") }
        return result
    }

    private mutating func append(_ value: [UInt8], to result: inout [UInt8]) throws(Stop) {
        try spend(value.count)
        result.append(contentsOf: value)
    }

    private mutating func takeSingleQuoted(into result: inout [UInt8]) throws(Stop) {
        position += 1
        while let byte = next {
            position += 1
            if byte == UInt8(ascii: "'") { return }
            result.append(byte)
        }
        throw refused("a quote has no end")
    }

    private mutating func takeDoubleQuoted(
        into result: inout [UInt8], keepsEscapes: Bool
    ) throws(Stop) {
        position += 1
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return
            case UInt8(ascii: "$"): try append(try substitution(), to: &result)
            case escape:
                position += 1
                if keepsEscapes { result.append(escape) }
                guard let escaped = next else { continue }
                if escaped == UInt8(ascii: "\"") || escaped == UInt8(ascii: "$") || escaped == escape {
                    position += 1
                    result.append(escaped)
                } else {
                    result.append(escape)
                }
            default:
                result.append(byte)
                position += 1
            }
            if result.count > WordExpansion.lengthLimit { throw .unknown("a value is too long") }
        }
        throw refused("a quote has no end")
    }
}
