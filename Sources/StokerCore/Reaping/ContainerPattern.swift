/// Which container names Stoker may reap, and what the names look like that it makes.
///
///     clud-*-{hex:8}
///
/// - A literal is one of `a-z A-Z 0-9 _ . -`, the characters that an engine allows in a container's name.
/// - `*` stands for one or more such characters.
/// - `{hex:N}` stands for exactly N lower-case hexadecimal digits, 6 to 64 of them. It ends every pattern.
///
/// Every demand of the grammar keeps somebody's container alive. Three literal characters in front, or a
/// pattern would claim what other projects run. A hexadecimal suffix, since only names that a program made
/// are leaks. A separator before the suffix, or `*` would swallow the beginning of a longer run of digits,
/// and `clud-*{hex:8}` would take `clud-build-0123456789ab` for one of its own.
public struct ContainerPattern: Sendable, Equatable {
    /// As it was written.
    public let text: String
    /// What stands between the `*`s, in order: always one more than there are `*`s, none of them empty.
    /// The last one ends in a separator and is followed by the digits.
    let literals: [[UInt8]]
    /// How many hexadecimal digits end the name.
    let digitCount: Int

    /// The default of `stoker.yaml`: names such as `clud-test-sync-3f9a01bc`.
    public static let standard = ContainerPattern(
        text: "clud-*-{hex:8}", literals: [Array("clud-".utf8), Array("-".utf8)], digitCount: 8)

    /// - Parameter text: a pattern in the grammar above.
    /// - Throws: `StokerError` with the code `.badInput`, which says at which character (counted from 1)
    ///   the text leaves the grammar and what is expected there.
    public init(parsing text: String) throws {
        var parser = ContainerPatternParser(text)
        self = try parser.parse()
    }

    init(text: String, literals: [[UInt8]], digitCount: Int) {
        self.text = text
        self.literals = literals
        self.digitCount = digitCount
    }

    /// What an engine allows in a container's name.
    static func isNameCharacter(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || isSeparator(byte) }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    static func isSeparator(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
    }
}
