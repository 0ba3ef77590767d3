/// Which runes one item of a pattern takes.
enum RuneSet: Sendable, Hashable {
    case rune(UInt32)
    case anyButSlash
    case anyButNewline
    /// A class in brackets. A negated one takes the slash as well, as it does in the builders.
    case ranges([ClosedRange<UInt32>], negated: Bool)

    func contains(_ rune: UInt32) -> Bool {
        switch self {
        case .rune(let wanted): rune == wanted
        case .anyButSlash: rune != "/"
        case .anyButNewline: rune != "\n"
        case .ranges(let ranges, let negated): ranges.contains { $0.contains(rune) } != negated
        }
    }

    static let digits: [ClosedRange<UInt32>] = [range("0", "9")]
    static let spaces: [ClosedRange<UInt32>] = [0x09...0x0A, 0x0C...0x0D, 0x20...0x20]
    static let words: [ClosedRange<UInt32>] = [
        range("0", "9"), range("A", "Z"), range("_", "_"), range("a", "z"),
    ]

    /// The classes that are written `[:name:]` inside brackets.
    static let named: [String: [ClosedRange<UInt32>]] = [
        "alnum": [range("0", "9"), range("A", "Z"), range("a", "z")],
        "alpha": [range("A", "Z"), range("a", "z")],
        "ascii": [0...0x7F],
        "blank": [0x09...0x09, 0x20...0x20],
        "cntrl": [0...0x1F, 0x7F...0x7F],
        "digit": [range("0", "9")],
        "graph": [range("!", "~")],
        "lower": [range("a", "z")],
        "print": [range(" ", "~")],
        "punct": [range("!", "/"), range(":", "@"), range("[", "`"), range("{", "~")],
        "space": [0x09...0x0D, 0x20...0x20],
        "upper": [range("A", "Z")],
        "word": words,
        "xdigit": [range("0", "9"), range("A", "F"), range("a", "f")],
    ]

    /// Everything that the ranges leave out.
    static func complement(of ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var rest: [ClosedRange<UInt32>] = []
        var start: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > start { rest.append(start...(range.lowerBound - 1)) }
            start = max(start, range.upperBound + 1)
        }
        if start <= 0x10_FFFF { rest.append(start...0x10_FFFF) }
        return rest
    }

    private static func range(_ from: Unicode.Scalar, _ to: Unicode.Scalar) -> ClosedRange<UInt32> {
        from.value...to.value
    }
}
