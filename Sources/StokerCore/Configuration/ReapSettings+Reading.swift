extension ReapSettings {
    static let keys = ["every", "exempt", "older-than", "patterns", "running-older-than"]

    /// - Throws: `StokerError` (`badInput`).
    init(reading value: ConfigurationValue) throws {
        self.init()
        let map = try value.map("a map with the keys \(Self.keys.joined(separator: ", "))")
        try map.check(known: Self.keys)
        if let patterns = map["patterns"] { self.patterns = try Self.patterns(patterns) }
        if let exempt = map["exempt"] {
            let expected = "the name of a container, or a list of them"
            self.exempt = Set(try exempt.elements(expected).map { try $0.string(expected) })
        }
        if let duration = map["older-than"] { olderThan = try ImageValueReader.duration(duration) }
        if let duration = map["running-older-than"] {
            runningOlderThan = try ImageValueReader.duration(duration)
        }
        if let duration = map["every"] {
            every = try ImageValueReader.duration(duration)
            guard every >= .seconds(1) else {
                throw duration.error("found \(DurationText.format(every)), expected at least 1s")
            }
        }
    }

    private static func patterns(_ value: ConfigurationValue) throws -> [ContainerPattern] {
        let expected = "a pattern such as \(ContainerPattern.standard.text), or a list of them"
        let elements = try value.elements(expected)
        if elements.isEmpty { throw value.error("found an empty list, expected \(expected)") }
        return try elements.map { element in
            let text = try element.string("a pattern such as \(ContainerPattern.standard.text)")
            do {
                return try ContainerPattern(parsing: text)
            } catch let error as StokerError {
                throw element.error(error.message, cause: error.cause, nextStep: error.nextStep)
            }
        }
    }
}
