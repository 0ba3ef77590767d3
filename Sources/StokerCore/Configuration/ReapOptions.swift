/// What a configuration says of reaping, as it stands there; nothing of it counts before `ReapSettings` has judged it.
public struct ReapOptions: Sendable, Equatable {
    static let keys = ["every", "exempt", "older-than", "patterns", "running-older-than"]

    /// Each container's name is compared with each of them.
    private static let mostPatterns = 100
    /// Characters: more than any container's name has that somebody has given it.
    private static let longestPattern = 255

    /// Never empty; `nil` where none are named.
    public var patterns: [ContainerPattern]?
    public var olderThan: Duration?
    public var runningOlderThan: Duration?
    /// How often the agent looks, at least.
    public var every: Duration?
    /// Names of containers, without slash.
    public var exempt: Set<String> = []
    /// Where the values of the keys are.
    var places: [String: SourceLocation] = [:]

    public init() {}

    /// - Throws: `StokerError` (`badInput`).
    init(reading value: ConfigurationValue) throws {
        let map = try value.map("a map with the keys \(Self.keys.joined(separator: ", "))")
        try map.check(known: Self.keys)
        patterns = try map["patterns"].map(Self.patterns)
        if let exempt = map["exempt"] {
            let expected = "the name of a container, or a list of them"
            self.exempt = Set(try exempt.elements(expected).map { try $0.string(expected) })
        }
        olderThan = try map["older-than"].map(ImageValueReader.duration)
        runningOlderThan = try map["running-older-than"].map(ImageValueReader.duration)
        every = try map["every"].map { value in
            let every = try ImageValueReader.duration(value)
            guard every >= .seconds(1) else {
                throw value.error("found \(DurationText.format(every)), expected at least 1s")
            }
            return every
        }
        for key in Self.keys { places[key] = map[key]?.location }
    }

    private static func patterns(_ value: ConfigurationValue) throws -> [ContainerPattern] {
        let expected = "a pattern such as \(ContainerPattern.standard.text), or a list of them"
        let elements = try value.elements(expected)
        if elements.isEmpty { throw value.error("found an empty list, expected \(expected)") }
        guard elements.count <= mostPatterns else {
            throw value.error("found \(elements.count) patterns, expected at most \(mostPatterns)")
        }
        return try elements.map { element in
            let text = try element.string("a pattern such as \(ContainerPattern.standard.text)")
            guard text.utf8.count <= longestPattern else {
                throw element.error(
                    "found a pattern of \(text.utf8.count) bytes, expected at most \(longestPattern)")
            }
            do {
                return try ContainerPattern(parsing: text)
            } catch let error as StokerError {
                throw element.error(error.message, cause: error.cause, nextStep: error.nextStep)
            }
        }
    }
}
