extension String {
    /// Without control characters but for tabs, without a terminal's sequences for colours and the cursor, and without what
    /// turns the direction of text; a line break becomes a space, unless it is to be kept. What a builder, an engine, a
    /// file or another program says ends up in terminals and logs, and must not steer them.
    public func plain(keepingLineBreaks: Bool = false) -> String {
        func isKept(_ scalar: Unicode.Scalar) -> Bool {
            !scalar.steersOutput || scalar == "\t" || keepingLineBreaks && scalar == "\n"
        }
        // Nearly all text is plain already.
        if unicodeScalars.allSatisfy(isKept) { return self }
        var plain = UnicodeScalarView()
        var rest = unicodeScalars[...]
        while let scalar = rest.first {
            if let end = rest.endOfControlSequence {
                rest = rest[end...]
                continue
            }
            rest = rest.dropFirst()
            if isKept(scalar) { plain.append(scalar) } else if scalar == "\n" { plain.append(" ") }
        }
        return String(plain)
    }
}

extension Substring.UnicodeScalarView {
    /// Where the control sequence (ECMA-48, 5.4) ends that these begin with; `nil` if there is none. It is left out as a
    /// whole, since what follows its first character would be noise.
    fileprivate var endOfControlSequence: Index? {
        var rest = self
        if rest.first == "\u{9B}" {
            rest = rest.dropFirst()
        } else if rest.starts(with: ["\u{1B}", "["]) {
            rest = rest.dropFirst(2)
        } else {
            return nil
        }
        rest = rest.drop { ("0"..."?").contains($0) }.drop { (" "..."/").contains($0) }
        guard let final = rest.first, ("@"..."~").contains(final) else { return nil }
        return rest.index(after: rest.startIndex)
    }
}

extension Unicode.Scalar {
    /// Whether it moves the cursor, begins a terminal's sequence, breaks a line or turns the direction of what follows.
    var steersOutput: Bool {
        switch value {
        case 0..<0x20, 0x7F...0x9F: true
        // Line and paragraph separator; marks, embeddings, overrides and isolates of a direction.
        case 0x2028, 0x2029, 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
