/// Reads the grammar of `ContainerPattern` from left to right, once.
struct ContainerPatternParser {
    /// A literal prefix shorter than this would claim what other projects run.
    static let shortestPrefix = 3
    /// Fewer digits are too easily a word or a number (`fade`, `2024`); more than 64 nobody writes.
    static let digitCounts = 6...64

    private let text: String
    private let characters: [Character]
    private var position = 0
    private var literals: [[UInt8]] = [[]]

    init(_ text: String) {
        self.text = text
        characters = Array(text)
    }

    mutating func parse() throws -> ContainerPattern {
        while position < characters.count {
            switch characters[position] {
            case "*":
                try checkPrefix()
                if literals.count > 1 && literals.last?.isEmpty == true {
                    throw wrong("one `*`, since it already stands for any number of characters")
                }
                literals.append([])
                position += 1
            case "{":
                try checkPrefix()
                return try parseSuffix()
            case let character:
                try append(character)
                position += 1
            }
        }
        try checkPrefix()
        throw wrong("a suffix such as `-{hex:8}`, which every pattern needs")
    }

    private mutating func append(_ character: Character) throws {
        guard let byte = character.asciiValue, ContainerPattern.isNameCharacter(byte) else {
            throw wrong("a letter, a digit, `_`, `.`, `-`, `*` or `{hex:8}`")
        }
        if position == 0 && !ContainerPattern.isAlphanumeric(byte) {
            throw wrong("a letter or a digit, with which every container's name begins")
        }
        literals[literals.count - 1].append(byte)
    }

    /// Called at the first `*` or `{`, and harmless afterwards, when the first literal no longer changes.
    private func checkPrefix() throws {
        if literals[0].count < Self.shortestPrefix {
            throw wrong(
                "at least \(Self.shortestPrefix) literal characters before the first `*` or `{`, "
                    + "such as the project's name")
        }
    }

    private mutating func parseSuffix() throws -> ContainerPattern {
        guard let last = literals.last?.last, ContainerPattern.isSeparator(last) else {
            throw wrong("`-`, `_` or `.` before the suffix, so that it cannot be the end of more digits")
        }
        for character in "{hex:" {
            guard position < characters.count, characters[position] == character else {
                throw wrong("`{hex:N}`, the only suffix that there is")
            }
            position += 1
        }
        let numberStart = position
        var digits = ""
        while position < characters.count, let byte = characters[position].asciiValue,
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        {
            digits.append(characters[position])
            position += 1
        }
        let numberEnd = position
        position = numberStart
        // `Int` would also read `08`, and a reader would wonder whether that is octal.
        guard let count = Int(digits), Self.digitCounts.contains(count), !digits.hasPrefix("0") else {
            let range = Self.digitCounts
            throw wrong("a number of digits from \(range.lowerBound) to \(range.upperBound)")
        }
        position = numberEnd
        guard position < characters.count, characters[position] == "}" else { throw wrong("`}`") }
        position += 1
        guard position == characters.count else {
            throw wrong("nothing more, since `{hex:N}` ends the name")
        }
        return ContainerPattern(text: text, literals: literals, digitCount: count)
    }

    /// The failure at the current character.
    private func wrong(_ expected: String) -> StokerError {
        // `reflecting` quotes and escapes, so that no pattern can forge a line or a terminal sequence.
        let found =
            position < characters.count
            ? "\(String(reflecting: String(characters[position]))) at character \(position + 1)"
            : "its end after \(characters.count) characters"
        return StokerError(
            .badInput,
            "the container pattern \(String(reflecting: text)) is wrong: expected \(expected), found \(found)",
            nextStep: "write it like `\(ContainerPattern.standard.text)`")
    }
}
