/// Amounts of bytes as people write them.
public enum ByteCountText {
    private static let units: [(name: String, bytes: Int64)] = [
        ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("MiB", 1 << 20),
        ("GiB", 1 << 30), ("TiB", 1 << 40),
    ]

    /// Reads `500MB`, `20GB`, `1TB`, powers of a thousand, and `20GiB`, powers of 1024: a whole number and a
    /// unit.
    ///
    /// - Throws: `StokerError` (`badInput`) for anything else, above all a bare number, which one reader takes
    ///   for bytes and the next for megabytes.
    public static func parse(_ text: String) throws -> Int64 {
        func failure(_ cause: String) -> StokerError {
            StokerError(
                .badInput, "\(text.quoted) is not a size", cause: cause,
                nextStep: "write a whole number with one of the units "
                    + units.map(\.name).joined(separator: ", ") + ", as in 20GB")
        }
        if text.isEmpty { throw failure("it is empty") }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let name = text[digits.endIndex...]
        guard !digits.isEmpty else { throw failure("it does not begin with a whole number") }
        guard !name.isEmpty else { throw failure("the unit is missing") }
        guard let unit = units.first(where: { $0.name == name }) else {
            throw failure("\(String(name).quoted) is no unit")
        }
        guard let number = Int64(digits), number <= .max / unit.bytes else {
            throw failure("it is too large")
        }
        return number * unit.bytes
    }

    /// `20 GB`, `1.5 GB`, `345 kB`: powers of a thousand, to a tenth, cut off.
    public static func format(_ bytes: Int64) -> String {
        if bytes < 0 { return "-" + format(bytes == .min ? .max : -bytes) }
        guard
            let unit = [
                ("TB", Int64(1_000_000_000_000)), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000),
            ]
            .first(where: { bytes >= $0.1 })
        else { return "\(bytes) B" }
        let tenths = bytes / (unit.1 / 10)
        return (tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)") + " \(unit.0)"
    }
}
