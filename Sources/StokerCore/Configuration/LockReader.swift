import SystemPackage
import Yams

/// Reads `lock:` of an image: a path, or a map of the lock's settings; throws `StokerError` (`badInput`).
struct LockReader {
    static let keys = ["keep", "path", "protocol", "timeout"]

    private(set) var lockProtocol = LockProtocol.flock
    private(set) var isKept = false
    private(set) var timeout: Duration?
    private var path: FilePath?
    /// What names the path, for messages.
    private var source: ConfigurationValue?

    init() {}

    init(reading value: ConfigurationValue, _ paths: ProjectPathReader) throws {
        guard case .mapping = value.node else {
            if case .sequence = value.node {
                throw value.mismatch(expected: "a file's path, or a map of the lock's settings")
            }
            try read(path: value, paths)
            return
        }
        let map = try value.map()
        try map.check(known: LockReader.keys)
        if let path = map["path"] { try read(path: path, paths) }
        lockProtocol = try map["protocol"].map(LockReader.lockProtocol) ?? .flock
        isKept = try map["keep"]?.bool() ?? false
        timeout = try map["timeout"].map(LockReader.timeout)
        if isKept, lockProtocol == .marker {
            throw (map["keep"] ?? value).error(
                "found true with protocol: marker, expected false: a marker that stays would lock everybody out"
            )
        }
    }

    private mutating func read(path value: ConfigurationValue, _ paths: ProjectPathReader) throws {
        path = try paths.path(value, in: paths.root, expected: "a file's path")
        source = value
    }

    /// - Parameter suffix: what tells the default names of several images apart.
    /// - Returns: Where the lock is, absolute.
    func place(below root: FilePath, suffix: String, _ paths: ProjectPathReader) throws -> FilePath {
        let ending = lockProtocol == .marker ? "marker" : "lock"
        return try paths.ownFile(
            path ?? root.appending(".docker_build\(suffix).\(ending)"), source,
            isMarker: lockProtocol == .marker)
    }

    private static func lockProtocol(_ value: ConfigurationValue) throws -> LockProtocol {
        let expected = LockProtocol.allCases.map(\.rawValue).joined(separator: " or ")
        guard let known = LockProtocol(rawValue: try value.string(expected)) else {
            throw value.mismatch(expected: expected)
        }
        return known
    }

    private static func timeout(_ value: ConfigurationValue) throws -> Duration {
        let timeout = try ImageValueReader.duration(value)
        guard timeout <= .seconds(ImageSettings.longestLockTimeout) else {
            throw value.error("found \(DurationText.format(timeout)), expected at most 366 d")
        }
        return timeout
    }
}
