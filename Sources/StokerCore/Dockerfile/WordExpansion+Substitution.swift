extension WordExpansion {
    /// `$name` and `${…}`.
    mutating func substitution() throws(Stop) -> [UInt8] {
        position += 1
        guard next == UInt8(ascii: "{") else {
            let name = try takeName()
            return name.isEmpty ? [UInt8(ascii: "$")] : try value(of: name) ?? []
        }
        position += 1
        let name = try takeName()
        if name.isEmpty { throw refused("a substitution has no name") }
        guard var byte = next else { throw refused("a substitution has no end") }
        position += 1
        var emptyIsUnset = false
        if byte == UInt8(ascii: ":") {
            emptyIsUnset = true
            guard let modifier = next else { throw refused("a substitution has no end") }
            byte = modifier
            position += 1
        }
        let end = UInt8(ascii: "}")
        switch byte {
        case end where !emptyIsUnset: return try value(of: name) ?? []
        case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "?"):
            let word = try expand(until: end, keepsEscapes: false)
            let value = try value(of: name)
            let isSet = value.map { !emptyIsUnset || !$0.isEmpty } ?? false
            if byte == UInt8(ascii: "-") { return isSet ? value ?? [] : word }
            if byte == UInt8(ascii: "+") { return isSet ? word : [] }
            guard isSet, let value else {
                throw refused("$\(String(decoding: name, as: UTF8.self)) is not set")
            }
            return value
        case UInt8(ascii: "#") where !emptyIsUnset, UInt8(ascii: "%") where !emptyIsUnset:
            var pattern = try expand(until: end, keepsEscapes: true)
            let isLongest = pattern.first == byte
            if isLongest { pattern.removeFirst() }
            let fromFront = byte == UInt8(ascii: "#")
            return try trimmed(try value(of: name) ?? [], pattern, isLongest: isLongest, fromFront: fromFront)
        case UInt8(ascii: "/") where !emptyIsUnset:
            let replacesAll = next == byte
            if replacesAll { position += 1 }
            let pattern = try expand(until: byte, keepsEscapes: true)
            let replacement = try expand(until: end, keepsEscapes: true)
            return try replaced(try value(of: name) ?? [], pattern, replacement, all: replacesAll)
        default: throw refused("a substitution has an unknown modifier")
        }
    }

    /// Letters, digits and underscores; what else the builders take for a name has no certain value.
    private mutating func takeName() throws(Stop) -> [UInt8] {
        var name: [UInt8] = []
        while let byte = next, byte == UInt8(ascii: "_") || ASCII.isLetterOrDigit(byte) {
            if name.isEmpty, ASCII.isDigit(byte) { throw .unknown("a variable is named by a digit") }
            name.append(byte)
            position += 1
        }
        if let byte = next {
            if byte >= 0x80 { throw .unknown("a variable may have letters beyond ASCII") }
            if name.isEmpty, "@*#?-$!".utf8.contains(byte) { throw .unknown("a variable has a special name") }
        }
        return name
    }

    private func value(of name: [UInt8]) throws(Stop) -> [UInt8]? {
        if let value = chosen[name] { return value }
        switch environment.value(of: name) {
        case .unknown(let reason): throw .unknown(reason)
        case .oneOf(let values):
            guard values.count == 1 else { throw .choice(name, values) }
            return values[0]
        }
    }

    private static let patternLimit = 4_000_000

    /// `${name#pattern}` and its kin, where a star is any text and a question mark one character.
    private mutating func trimmed(
        _ value: [UInt8], _ pattern: [UInt8], isLongest: Bool, fromFront: Bool
    ) throws(Stop) -> [UInt8] {
        guard (value + pattern).allSatisfy({ (0x20..<0x7F).contains($0) && $0 != UInt8(ascii: "\\") }),
            (value.count + 1) * (pattern.count + 1) <= WordExpansion.patternLimit
        else { throw .unknown("a pattern in a substitution is not followed") }
        try spend((value.count + 1) * (pattern.count + 1))
        let text = fromFront ? value : value.reversed()
        let items = fromFront ? pattern : pattern.reversed()
        // The lengths of all beginnings that the pattern takes, one item after the other.
        var ends = [true] + Array(repeating: false, count: text.count)
        for item in items {
            var following = Array(repeating: false, count: text.count + 1)
            var isReached = false
            for length in 0...text.count {
                if item == UInt8(ascii: "*") {
                    isReached = isReached || ends[length]
                    following[length] = isReached
                } else if length > 0, ends[length - 1] {
                    following[length] = item == UInt8(ascii: "?") || item == text[length - 1]
                }
            }
            ends = following
        }
        let length = isLongest ? ends.lastIndex(of: true) : ends.firstIndex(of: true)
        let rest = text.dropFirst(length ?? 0)
        return fromFront ? Array(rest) : rest.reversed()
    }

    /// Only for a pattern without wildcards; the others are not worth the risk.
    private mutating func replaced(
        _ value: [UInt8], _ pattern: [UInt8], _ replacement: [UInt8], all: Bool
    ) throws(Stop) -> [UInt8] {
        guard !pattern.isEmpty, (pattern + replacement + value).allSatisfy({ (0x20..<0x7F).contains($0) }),
            !(pattern + replacement).contains(where: { "\\*?$".utf8.contains($0) }),
            (value.count + 1) * (pattern.count + 1) <= WordExpansion.patternLimit,
            (value.count + 1) * (replacement.count + 1) <= WordExpansion.patternLimit
        else { throw .unknown("a pattern in a substitution is not followed") }
        try spend((value.count + 1) * (pattern.count + replacement.count + 1))
        var result: [UInt8] = []
        var place = 0
        var isDone = false
        while place < value.count {
            if !isDone, value[place...].starts(with: pattern) {
                result.append(contentsOf: replacement)
                place += pattern.count
                isDone = !all
            } else {
                result.append(value[place])
                place += 1
            }
        }
        return result
    }
}
