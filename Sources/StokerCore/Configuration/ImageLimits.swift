/// How much of the engine's disk the images may take that Stoker keeps to go back to. What is dropped only costs a
/// build when it is wanted again.
public struct ImageLimits: Sendable, Equatable {
    /// Bytes of all kept images together that nothing else holds, the least recently used go first. `max-size`, such
    /// as `500MB` or `20GB`. Default: 20 GB.
    public var maxSize: Int64

    public static let standard = ImageLimits()

    public init(maxSize: Int64 = 20_000_000_000) { self.maxSize = maxSize }
}

extension ImageLimits {
    private static let keys = ["max-size"]

    /// - Throws: `StokerError` (`badInput`) with file, line and column.
    init(reading value: ConfigurationValue) throws {
        self.init()
        if value.isNull { return }
        let map = try value.map("a map with the key \(Self.keys[0])")
        try map.check(known: Self.keys) { entry in
            // Whoever writes their images here means those of a project.
            Suggestion.nearest(to: entry.key, in: Self.keys) != nil
                ? nil
                : entry.location.error(
                    "found the image \(entry.key.quoted), which belongs in a project's stoker.yaml",
                    nextStep:
                        "move it there; here, `images: {max-size: 20GB}` limits what all kept images take")
        }
        if let size = map["max-size"] { maxSize = try ImageValueReader.bytes(size) }
    }
}
