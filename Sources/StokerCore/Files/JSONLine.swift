import Foundation

/// A value as one JSON object on one line, as Stoker's own small files hold it.
enum JSONLine {
    static func bytes(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Only a non-finite number could make this fail, and no clock gives one.
        return Array((try? encoder.encode(value)) ?? Data()) + [UInt8(ascii: "\n")]
    }

    /// `nil` for what cannot be understood, such as nothing at all.
    ///
    /// - Parameter bytes: what comes after the first line is of a longer one before.
    static func value<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) -> Value? {
        try? JSONDecoder().decode(type, from: Data(bytes.prefix { $0 != UInt8(ascii: "\n") }))
    }
}
