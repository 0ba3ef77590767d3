/// How much of the disk Stoker's copies of inputs may take, and for how long. What is removed only costs time
/// at the next build of its image.
public struct SnapshotLimits: Sendable, Equatable {
    /// Bytes on disk of all snapshots together, the least recently used go first. `max-size`, such as `500MB`
    /// or `20GB`. Default: 20 GB.
    public var maxSize: Int64
    /// Since a snapshot was last built from. `max-age`, such as `36h` or `14d`. Default: 14 days.
    public var maxAge: Duration

    public static let standard = SnapshotLimits()

    public init(maxSize: Int64 = 20_000_000_000, maxAge: Duration = .seconds(14 * 86_400)) {
        self.maxSize = maxSize
        self.maxAge = maxAge
    }
}

extension SnapshotLimits {
    private static let keys = ["max-age", "max-size"]

    /// - Throws: `StokerError` (`badInput`) with file, line and column.
    init(reading value: ConfigurationValue) throws {
        self.init()
        if value.isNull { return }
        let map = try value.map("a map with the keys \(Self.keys.joined(separator: " and "))")
        try map.check(known: Self.keys)
        if let age = map["max-age"] { maxAge = try ImageValueReader.duration(age) }
        if let size = map["max-size"] { maxSize = try ImageValueReader.bytes(size) }
    }
}
