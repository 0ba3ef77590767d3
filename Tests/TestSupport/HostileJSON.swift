/// JSON that is as its reader expects it but for one number, which is none that an honest writer gives.
public enum HostileJSON {
    /// Beyond the range of one type or another, of the wrong kind, or no JSON at all.
    public static let numbers = [
        "1e308", "-1e308", "1e30", "-1e30", "1e400", "-1e400", "1e-320", "-0.0", "-1", "0.5", "4294967296",
        "9223372036854775807", "-9223372036854775808", "9223372036854775808", "18446744073709551615",
        "18446744073709551616", "253402300800", "NaN", "Infinity", "null", "true", "\"1\"", "{}",
        String(repeating: "[", count: 100_000),
        String(repeating: "[", count: 5_000) + String(repeating: "]", count: 5_000),
    ]

    /// The text once for each of its numbers and each hostile one in its place.
    public static func variants(of text: String) -> [String] {
        let bytes = Array(text.utf8)
        return places(bytes).flatMap { place in
            numbers.map { number in
                String(
                    decoding: bytes[..<place.lowerBound] + number.utf8 + bytes[place.upperBound...],
                    as: UTF8.self)
            }
        }
    }

    /// Where the numbers stand, outside of strings.
    private static func places(_ bytes: [UInt8]) -> [Range<Int>] {
        var places: [Range<Int>] = []
        var position = 0
        var isInString = false
        while position < bytes.count {
            let byte = bytes[position]
            if isInString, byte == UInt8(ascii: "\\") {
                position += 1
            } else if byte == UInt8(ascii: "\"") {
                isInString.toggle()
            } else if !isInString, isDigit(byte) || byte == UInt8(ascii: "-") {
                let end = bytes[position...].firstIndex { !isDigit($0) && !"+-.eE".utf8.contains($0) }
                places.append(position..<(end ?? bytes.count))
                position = places[places.count - 1].upperBound
                continue
            }
            position += 1
        }
        return places
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
