extension CacheRecord {
    /// Whether a file is a record as Stoker or another program writes it, and nothing else, so that it may be replaced:
    /// a `record:` in stoker.yaml may name a file of the person's.
    ///
    /// Empty, or one object with the four fields that are shared, and with Stoker's own or without. Whoever has added
    /// something has made the file theirs.
    static func isRecord(_ bytes: [UInt8]) -> Bool {
        if bytes.isEmpty { return true }
        guard let json = PlainJSON(bytes), case .object(let members) = json,
            let hash = json[CodingKeys.buildHash.rawValue]?.string, isHash(hash),
            json[CodingKeys.imageID.rawValue]?.string != nil,
            json[CodingKeys.buildTime.rawValue]?.number != nil,
            json[CodingKeys.imageName.rawValue]?.string != nil
        else { return false }
        switch members[CodingKeys.stoker.rawValue] {
        case nil: return members.count == 4
        case .null: return members.count == 5
        // Of any version.
        case .object(let own): return members.count == 5 && own["version"]?.number != nil
        default: return false
        }
    }

    private static func isHash(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy(ContainerPattern.isLowerHexDigit)
    }
}
