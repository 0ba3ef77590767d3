/// What a backslash means. The builders hand it to their regular expressions together with the rune after it, so before
/// a letter or a digit it is not what their manual says: `src\bin`, as people on Windows write it, matches nothing, since
/// no word begins between `c` and `i`.
extension Glob {
    enum Escaped {
        case rune(UInt32)
        case ranges([ClosedRange<UInt32>])
    }

    /// An escape that stands for no single rune; the backslash has been read, and the rest is only if it is one.
    static func standing(_ input: inout ArraySlice<UInt32>) -> [Item]? {
        guard let rune = input.first else { return nil }
        let item: Item
        switch rune {
        case "A": item = .start
        case "z": item = .end
        case "b": item = .boundary(negated: false)
        case "B": item = .boundary(negated: true)
        case "Q":
            input.removeFirst()
            return quoted(&input)
        default: return nil
        }
        input.removeFirst()
        return [item]
    }

    /// `\Q…\E`, where all stands for itself.
    private static func quoted(_ input: inout ArraySlice<UInt32>) -> [Item] {
        var items: [Item] = []
        while let rune = input.popFirst() {
            if rune == "\\", input.first == Unicode.Scalar("E").value {
                input.removeFirst()
                return items
            }
            items.append(.one(.rune(rune)))
        }
        // Without its end it takes in the `$` that the builders put behind the pattern: then anything may follow.
        return items + [.one(.rune(Unicode.Scalar("$").value)), .star(.ranges([], negated: true))]
    }

    /// An escape that stands for a rune or a class of runes; the backslash has been read.
    static func escape(_ input: inout ArraySlice<UInt32>) throws(IgnorePattern.Malformed) -> Escaped {
        guard let rune = input.popFirst() else {
            throw IgnorePattern.Malformed(reason: "it ends in a backslash")
        }
        switch rune {
        case "d": return .ranges(RuneSet.digits)
        case "D": return .ranges(RuneSet.complement(of: RuneSet.digits))
        case "s": return .ranges(RuneSet.spaces)
        case "S": return .ranges(RuneSet.complement(of: RuneSet.spaces))
        case "w": return .ranges(RuneSet.words)
        case "W": return .ranges(RuneSet.complement(of: RuneSet.words))
        case "a": return .rune(0x07)
        case "f": return .rune(0x0C)
        case "n": return .rune(0x0A)
        case "r": return .rune(0x0D)
        case "t": return .rune(0x09)
        case "v": return .rune(0x0B)
        case "x":
            if let high = hexDigit(input.first), let low = hexDigit(input.dropFirst().first) {
                input.removeFirst(2)
                return .rune(high * 16 + low)
            }
        case 0x30...0x37:
            // A single digit but 0 would be a back reference, which they do not know.
            var value = rune - 0x30
            var count = 1
            while count < 3, let next = input.first, (0x30...0x37).contains(next) {
                value = value * 8 + next - 0x30
                input.removeFirst()
                count += 1
            }
            if count > 1 || rune == "0" { return .rune(value) }
        default:
            let isWord = RuneSet.words.contains { $0.contains(rune) }
            if rune < 0x80, !isWord || rune == "_" { return .rune(rune) }
        }
        let shown = Unicode.Scalar(rune).map { String($0) } ?? "?"
        throw IgnorePattern.Malformed(
            reason: "builders take no backslash before \(shown.quoted); in a path write / on Windows too")
    }

    private static func hexDigit(_ rune: UInt32?) -> UInt32? {
        switch rune {
        case .some(0x30...0x39): rune.map { $0 - 0x30 }
        case .some(0x41...0x46): rune.map { $0 - 0x37 }
        case .some(0x61...0x66): rune.map { $0 - 0x57 }
        default: nil
        }
    }
}
