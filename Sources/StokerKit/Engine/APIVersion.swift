/// A version of the Engine API.
struct APIVersion: Comparable, CustomStringConvertible, Sendable {
    var major: Int
    var minor: Int

    /// What engines before version negotiation are asked in: Engine 20.10.
    static let oldest = APIVersion(major: 1, minor: 41)
    /// The newest that Stoker's answers have been read in.
    static let newestTested = APIVersion(major: 1, minor: 51)

    init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    init?(parsing text: String) {
        let parts = text.split(separator: ".")
        guard parts.count == 2, let major = Int(parts[0]), let minor = Int(parts[1]) else { return nil }
        self.init(major: major, minor: minor)
    }

    static func < (left: APIVersion, right: APIVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }

    var description: String { "\(major).\(minor)" }
}

/// Remembers the version until a request gets no answer, or the wrong one: the engine that comes back may be
/// another one.
actor APIVersionMemory {
    private var known: APIVersion?

    func value(_ ask: @Sendable () async throws -> APIVersion) async throws -> APIVersion {
        if let known { return known }
        let version = try await ask()
        known = version
        return version
    }

    func forget() { known = nil }
}
