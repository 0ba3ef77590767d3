extension IgnorePattern {
    /// Refuses what Go's `filepath.Match` refuses, since the builders call it on every pattern first: an
    /// unclosed or empty class, a range without an end, a backslash at the end.
    static func checkSyntax(_ text: [UInt8]) throws(Malformed) {
        if !text.contains(where: { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "\\") }) { return }
        let invalid: UInt32 = 0x11_0000
        let runes = Runes.decode(text, invalid: invalid)
        var position = 0

        func classMember() throws(Malformed) {
            guard position < runes.count else { throw Malformed(reason: "a [ is never closed") }
            if runes[position] == "-" || runes[position] == "]" {
                throw Malformed(reason: "a class in [ ] is empty or a range in it has no end")
            }
            if runes[position] == "\\" { position += 1 }
            guard position < runes.count, runes[position] != invalid else {
                throw Malformed(reason: "a [ is never closed, or holds a byte that is not UTF-8")
            }
            position += 1
            guard position < runes.count else { throw Malformed(reason: "a [ is never closed") }
        }

        while position < runes.count {
            switch runes[position] {
            case "\\":
                position += 1
                guard position < runes.count else { throw Malformed(reason: "it ends in a backslash") }
                position += 1
            case "[":
                position += 1
                if position < runes.count, runes[position] == "^" { position += 1 }
                var members = 0
                while position >= runes.count || runes[position] != "]" || members == 0 {
                    try classMember()
                    if runes[position] == "-" {
                        position += 1
                        try classMember()
                    }
                    members += 1
                }
                position += 1
            default: position += 1
            }
        }
    }
}

/// Lets runes be compared and switched over with character literals.
func ~= (literal: Unicode.Scalar, rune: UInt32) -> Bool { literal.value == rune }
func == (rune: UInt32, literal: Unicode.Scalar) -> Bool { literal.value == rune }
func != (rune: UInt32, literal: Unicode.Scalar) -> Bool { literal.value != rune }
