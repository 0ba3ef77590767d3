import SystemPackage
import Yams

/// A map of a configuration file, in its order, its keys checked to be plain words.
struct ConfigurationMap {
    struct Entry {
        let key: String
        let location: SourceLocation
        let value: ConfigurationValue
    }

    let location: SourceLocation
    private(set) var entries: [Entry] = []
    /// Where in `entries` a key is; with a search instead, a large map would cost its square to merge.
    private var index: [String: Int] = [:]

    /// `<<: *base` brings in another map's entries, or those of a list of maps, where the map itself has no
    /// such key: that is how compose files share settings.
    init(_ mapping: Node.Mapping, of owner: ConfigurationValue) throws {
        location = owner.location
        var merged = [Entry]()
        for (node, value) in mapping {
            let raw = ConfigurationValue(node: node, file: owner.file, key: owner.key)
            guard case .scalar(let scalar) = node else { throw raw.mismatch(expected: "a word as a key") }
            if scalar.string == "<<", scalar.style == .plain {
                for source in try Self.sources(node: value, key: raw) {
                    merged += try source.map("a map, or a list of maps").entries
                }
                continue
            }
            guard !scalar.string.isEmpty else { throw raw.mismatch(expected: "a word as a key") }
            append(
                Entry(
                    key: scalar.string, location: raw.location,
                    value: ConfigurationValue(node: value, file: owner.file, key: scalar.string)))
        }
        for entry in merged where index[entry.key] == nil { append(entry) }
    }

    private static func sources(node: Node, key: ConfigurationValue) throws -> [ConfigurationValue] {
        let value = ConfigurationValue(node: node, file: key.file, key: "<<")
        if case .sequence = node { return try value.elements("a map, or a list of maps") }
        return [value]
    }

    private mutating func append(_ entry: Entry) {
        index[entry.key] = entries.count
        entries.append(entry)
    }

    func entry(_ key: String) -> Entry? { index[key].map { entries[$0] } }

    /// The value of a key; `nil` also for a key without a value, which is what is left when somebody
    /// comments a value out.
    subscript(key: String) -> ConfigurationValue? {
        guard let value = entry(key)?.value, !value.isNull else { return nil }
        return value
    }

    /// - Parameter explain: Says more of keys that are known to belong elsewhere.
    /// - Throws: `StokerError` (`badInput`) for the first key that is not in `known`.
    func check(known: [String], explain: (Entry) -> StokerError? = { _ in nil }) throws {
        for entry in entries where !known.contains(entry.key) {
            if let error = explain(entry) { throw error }
            let suggestion = Suggestion.nearest(to: entry.key, in: known)
            throw entry.location.error(
                "found the unknown key \(entry.key.quoted), expected one of "
                    + known.sorted().joined(separator: ", "),
                nextStep: suggestion.map { "did you mean \($0.quoted)?" })
        }
    }
}
