/// Tells one lease from all others: 32 lower-case hexadecimal digits, random.
public struct LeaseID: Sendable, Hashable, Codable {
    public let text: String

    private static let length = 32

    /// `nil` for what is no ID. It becomes a file's name, so nothing else may pass.
    public init?(text: String) {
        guard text.utf8.count == LeaseID.length, text.utf8.allSatisfy(ContainerPattern.isLowerHexDigit) else {
            return nil
        }
        self.text = text
    }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let id = LeaseID(text: text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "no lease has the ID \(text)"))
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    private init(_ text: String) { self.text = text }

    public static func random() -> LeaseID {
        let digits = Array("0123456789abcdef")
        // The collection is not empty.
        return LeaseID(String((0..<length).map { _ in digits.randomElement()! }))
    }
}
