import SystemPackage

/// What the person lets a project ask of the builder that reaches beyond the project: the keys have the names that they
/// have in `stoker.yaml`. Default: nothing.
public struct BuildGrant: Sendable, Equatable {
    /// The networks of RUN steps, `host` or a network's name. `default`, `none` and `bridge` need no grant.
    public var networks: [String] = []
    /// Where layers may be taken from: registries, or repositories in them, or whole entries of `cache-from`.
    public var cacheFrom: [String] = []
    /// Where layers may be written to: the same, of `cache-to`.
    public var cacheTo: [String] = []
    /// What RUN steps may do: `network.host`, `security.insecure`.
    public var entitlements: [String] = []

    static let keys = ["cache-from", "cache-to", "entitlements", "network"]

    public init() {}

    /// - Parameter map: of what is granted the project.
    /// - Throws: `StokerError` (`badInput`).
    init(reading map: ConfigurationMap) throws {
        networks =
            try map["network"]?.elements("a network, or a list of them").map(ImageValueReader.network) ?? []
        cacheFrom = try map["cache-from"].map(Self.caches) ?? []
        cacheTo = try map["cache-to"].map(Self.caches) ?? []
        entitlements = try map["entitlements"].map(ImageValueReader.entitlements) ?? []
    }

    private static func caches(_ value: ConfigurationValue) throws -> [String] {
        let expected = "a registry such as ghcr.io/acme, or an entry such as type=gha"
        return try value.elements("a string or a list of strings").map { element in
            let text = try element.string(expected)
            guard CacheEntry(text) != nil || RegistryPlace(grant: text) != nil else {
                throw element.mismatch(expected: expected)
            }
            return text
        }
    }
}
