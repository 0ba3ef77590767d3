/// Makes names for test containers that never collide and that the reaper recognises (`stoker name`).
public enum ContainerNamer {
    /// Characters in a name at most: a DNS label. Containers on one network reach each other by name, and
    /// with a longer one that fails in the middle of a test (moby#37971), though the engine allows it.
    public static let longestName = 63
    /// A generator whose digits read as dates this often in a row is not random; 6 digits do in 1.2 %.
    private static let attempts = 64

    /// A fresh name: the first pattern with the stem in place of its `*` and random digits at its end.
    ///
    /// The digits never read as a date, so the name always matches the pattern.
    ///
    /// - Parameters:
    ///   - stem: what the container is for, one or more of `a-z A-Z 0-9 _ . -`.
    ///   - patterns: of the project; only the first is used, and it must have exactly one `*`, since with
    ///     more nothing says where the stem belongs, and without one it would not be in the name.
    /// - Throws: `StokerError`, `.usage` for a stem that cannot be in a name, `.badInput` for a first
    ///   pattern that no name can be made from.
    public static func name(
        stem: String, patterns: [ContainerPattern], using generator: inout some RandomNumberGenerator
    ) throws -> String {
        guard let pattern = patterns.first else {
            throw StokerError(
                .badInput, "there is no container pattern to make a name from",
                nextStep: "give one in stoker.yaml, such as `\(ContainerPattern.standard.text)`")
        }
        let stars = pattern.literals.count - 1
        guard stars == 1 else {
            throw StokerError(
                .badInput,
                "cannot make a name from the container pattern `\(pattern.text)`, the project's first",
                cause: stars == 0
                    ? "it has no `*` for the stem to stand in"
                    : "it has \(stars) `*`, and nothing says in which of them the stem belongs",
                nextStep: "put a pattern with exactly one `*` first in stoker.yaml")
        }
        try check(stem, for: pattern)
        for _ in 0..<attempts {
            let digits = randomDigits(pattern.digitCount, using: &generator)
            if DateSuffix.isDate(digits[...]) { continue }
            let bytes = pattern.literals[0] + Array(stem.utf8) + pattern.literals[1] + digits
            guard pattern.matches(bytes) else { break }
            return String(decoding: bytes, as: UTF8.self)
        }
        throw StokerError(
            .internalFault, "cannot make a name that matches the container pattern `\(pattern.text)`")
    }

    /// Like `name(stem:patterns:using:)` with the system's random numbers.
    public static func name(stem: String, patterns: [ContainerPattern]) throws -> String {
        var generator = SystemRandomNumberGenerator()
        return try name(stem: stem, patterns: patterns, using: &generator)
    }

    private static func check(_ stem: String, for pattern: ContainerPattern) throws {
        if stem.isEmpty {
            throw StokerError(
                .usage, "the stem of a container name is empty",
                nextStep: "say what the container is for, such as `test-sync`")
        }
        let wrong = stem.enumerated().first {
            $0.element.asciiValue.map(ContainerPattern.isNameCharacter) != true
        }
        if let (offset, character) = wrong {
            throw StokerError(
                .usage,
                "the stem \(String(reflecting: stem)) cannot be in a container name: "
                    + "it has \(String(reflecting: String(character))) at character \(offset + 1)",
                nextStep: "use letters, digits, `_`, `.` and `-` only")
        }
        let length = pattern.literals.joined().count + pattern.digitCount
        if length >= longestName {
            throw StokerError(
                .badInput,
                "the container pattern `\(pattern.text)` leaves no room for a stem",
                cause: "a name longer than \(longestName) characters cannot be looked up by other containers",
                nextStep: "put a shorter pattern first in stoker.yaml")
        }
        if length + stem.utf8.count > longestName {
            throw StokerError(
                .usage, "the container name would have \(length + stem.utf8.count) characters",
                cause: "one longer than \(longestName), a DNS label, cannot be looked up by other containers",
                nextStep: "shorten the stem to at most \(longestName - length) characters")
        }
    }

    private static func randomDigits(
        _ count: Int, using generator: inout some RandomNumberGenerator
    ) -> [UInt8] {
        let alphabet = Array("0123456789abcdef".utf8)
        var digits = [UInt8]()
        digits.reserveCapacity(count)
        var bits: UInt64 = 0
        for index in 0..<count {
            if index % 16 == 0 { bits = generator.next() }
            digits.append(alphabet[Int(bits & 0xF)])
            bits >>= 4
        }
        return digits
    }
}
