extension ContainerPattern {
    /// What a name is to a pattern.
    public enum Outcome: Sendable, Equatable {
        /// The whole name is of this form.
        case match
        /// It would be, but its digits read as a date or a time (`clud-db-20261231`): somebody named that
        /// container, so it is no match.
        case dateSuffix
        case noMatch
    }

    /// Whether the whole name, without a leading slash, is of this form and its digits do not read as a date.
    public func matches(_ name: some Collection<UInt8>) -> Bool { outcome(for: name) == .match }

    /// Whether the whole name, without a leading slash, is of this form and its digits do not read as a date.
    public func matches(_ name: String) -> Bool { matches(name.utf8) }

    /// Like `matches`, and tells the names that only a date keeps from matching.
    public func outcome(for name: String) -> Outcome { outcome(for: name.utf8) }

    /// Like `matches`, and tells the names that only a date keeps from matching.
    ///
    /// Each literal is taken where it is found first, which is right because the `*` after it can only gain
    /// by what the literal leaves. So no choice is ever taken back, and the time grows with the name's
    /// length, times a literal's at worst.
    public func outcome(for name: some Collection<UInt8>) -> Outcome {
        let name = Array(name)
        guard name.count > digitCount, name.allSatisfy(Self.isNameCharacter) else { return .noMatch }
        let digits = name[(name.count - digitCount)...]
        guard digits.allSatisfy(Self.isLowerHexDigit), matchesLiterals(name[..<digits.startIndex]) else {
            return .noMatch
        }
        return DateSuffix.isDate(digits) ? .dateSuffix : .match
    }

    /// Whether it matches every name that the other one matches.
    public func covers(_ other: ContainerPattern) -> Bool {
        // What the other's `*` stands for only a `*` takes, since no literal has that character.
        let body = other.literals.joined(separator: [UInt8(ascii: "*")])
        return digitCount == other.digitCount && matchesLiterals(Array(body)[...])
    }

    /// - Parameter body: the name without its digits.
    private func matchesLiterals(_ body: ArraySlice<UInt8>) -> Bool {
        // No pattern is without a literal: the parser demands the prefix, and `standard` has one.
        let first = literals[0]
        if literals.count == 1 { return body.elementsEqual(first) }
        guard body.starts(with: first) else { return false }
        var rest = body.dropFirst(first.count)
        for literal in literals[1..<(literals.count - 1)] {
            // The one character that `*` takes at least.
            guard let end = Self.end(ofFirst: literal, in: rest.dropFirst()) else { return false }
            rest = rest[end...]
        }
        let last = literals[literals.count - 1]
        return rest.count > last.count && rest.suffix(last.count).elementsEqual(last)
    }

    /// The index after the first place of `literal` in `bytes`.
    private static func end(ofFirst literal: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count >= literal.count else { return nil }
        for start in bytes.startIndex...(bytes.endIndex - literal.count)
        where bytes[start..<(start + literal.count)].elementsEqual(literal) {
            return start + literal.count
        }
        return nil
    }

    static func isLowerHexDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
