extension Glob {
    /// Reads the regular expressions that `kind(of:)` writes, by the rules of Go's `regexp`.
    static func parse(_ expression: [UInt32]) throws(IgnorePattern.Malformed) -> [Item] {
        let segments = Array("(.*/)?".unicodeScalars.map(\.value))
        let rest = Array(".*".unicodeScalars.map(\.value))
        var input = expression[...]
        var items: [Item] = []
        while let rune = input.first {
            if input.starts(with: segments) {
                input.removeFirst(segments.count)
                items += [.fork, .throughSlash]
                continue
            }
            if input.starts(with: rest) {
                input.removeFirst(rest.count)
                items.append(.star(.anyButNewline))
                continue
            }
            input.removeFirst()
            let set: RuneSet
            switch rune {
            case "^":
                items.append(.start)
                continue
            case "\\":
                if let found = standing(&input) {
                    items += found
                    continue
                }
                switch try escape(&input) {
                case .rune(let literal): set = .rune(literal)
                case .ranges(let ranges): set = .ranges(ranges, negated: false)
                }
            case "[": set = try bracket(&input)
            default: set = .rune(rune)
            }
            if input.first == Unicode.Scalar("*").value {
                input.removeFirst()
                items.append(.star(set))
            } else {
                items.append(.one(set))
            }
        }
        return items
    }

    /// The rest of a class; its opening bracket has been read.
    private static func bracket(_ input: inout ArraySlice<UInt32>) throws(IgnorePattern.Malformed) -> RuneSet
    {
        var ranges: [ClosedRange<UInt32>] = []
        var negated = false
        if input.first == Unicode.Scalar("^").value {
            negated = true
            input.removeFirst()
        }
        var isFirst = true
        while let rune = input.first, rune != "]" || isFirst {
            isFirst = false
            if let named = try namedClass(&input) {
                ranges += named
                continue
            }
            let lower: UInt32
            switch try member(&input) {
            case .rune(let rune): lower = rune
            case .ranges(let set):
                ranges += set
                continue
            }
            guard input.count >= 2, input.first == Unicode.Scalar("-").value,
                input[input.startIndex + 1] != "]"
            else {
                ranges.append(lower...lower)
                continue
            }
            input.removeFirst()
            guard case .rune(let upper) = try member(&input), lower <= upper else {
                throw IgnorePattern.Malformed(reason: "a range in [ ] runs backwards")
            }
            ranges.append(lower...upper)
        }
        guard input.popFirst() != nil else { throw IgnorePattern.Malformed(reason: "a [ is never closed") }
        return .ranges(ranges, negated: negated)
    }

    private static func member(_ input: inout ArraySlice<UInt32>) throws(IgnorePattern.Malformed) -> Escaped {
        guard let rune = input.popFirst() else {
            throw IgnorePattern.Malformed(reason: "a [ is never closed")
        }
        return rune == "\\" ? try escape(&input) : .rune(rune)
    }

    /// `[:alpha:]` and its like, negated with `[:^alpha:]`.
    private static func namedClass(
        _ input: inout ArraySlice<UInt32>
    ) throws(IgnorePattern.Malformed) -> [ClosedRange<UInt32>]? {
        let colon = Unicode.Scalar(":").value
        guard input.first == Unicode.Scalar("[").value, input.dropFirst().first == colon else { return nil }
        let body = input.dropFirst(2)
        guard
            let end = body.indices.first(where: {
                body[$0] == colon && $0 + 1 < body.endIndex && body[$0 + 1] == "]"
            })
        else { return nil }
        var name = String(String.UnicodeScalarView(body[..<end].compactMap(Unicode.Scalar.init)))
        let negated = name.hasPrefix("^")
        if negated { name.removeFirst() }
        guard let ranges = RuneSet.named[name] else {
            throw IgnorePattern.Malformed(reason: "[:\(name):] is no class of characters")
        }
        input = body[(end + 2)...]
        return negated ? RuneSet.complement(of: ranges) : ranges
    }
}
