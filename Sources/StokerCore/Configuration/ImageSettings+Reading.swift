import SystemPackage

extension ImageSettings {
    /// The name of an image that needs none.
    static let defaultName = "default"

    static let keys = [
        "args", "build-contexts", "build-hash", "cache-from", "cache-to", "context", "dockerfile",
        "entitlements", "keep", "lock", "network", "platform", "pull", "record", "tag", "target",
    ]

    /// - Parameters:
    ///   - map: `nil` when the configuration has nothing to say of the image.
    /// - Throws: `StokerError` (`badInput`).
    init(name: String, map: ConfigurationMap?, paths: ProjectPathReader) throws {
        let root = paths.root
        let isDefault = name == Self.defaultName
        let context = try map?["context"].map { try paths.path($0, in: root, expected: "a folder's path") }
        // As compose has it, a dockerfile's path starts at the context.
        let dockerfileFolder = context ?? root
        // Judged before the Dockerfile in it, so that a message names what was written.
        let contextPlace = try context.map { try paths.folder($0, map?["context"]) } ?? root
        let dockerfile = try map?["dockerfile"].map {
            try paths.path($0, in: dockerfileFolder, expected: "a file's path")
        }
        let record = try map?["record"].map { try paths.path($0, in: root, expected: "a file's path") }
        let lock = try map?["lock"].map { try LockReader(reading: $0, paths) } ?? LockReader()
        let cacheFrom =
            try map?["cache-from"].map { try Self.cacheFrom($0, paths) } ?? (entries: [], refusals: [:])
        let suffix = isDefault ? "" : ".\(name)"
        let tag = try map?["tag"].map { try ImageValueReader.tag($0).text }
        let defaultTags = DefaultTags(root: root, image: name)
        self.init(
            name: name,
            tag: tag ?? paths.choice(defaultTags),
            dockerfile: try paths.file(
                dockerfile ?? dockerfileFolder.appending("Dockerfile"), map?["dockerfile"] ?? map?["context"]),
            context: contextPlace,
            target: try map?["target"].map(ImageValueReader.target),
            arguments: try map?["args"].map(ImageValueReader.arguments) ?? [:],
            platform: try map?["platform"].map(ImageValueReader.platform),
            network: try map?["network"].map { try Self.network($0, paths.admission) },
            pull: try map?["pull"]?.bool() ?? false,
            cacheFrom: cacheFrom.entries,
            cacheTo: try map?["cache-to"].map { try Self.cacheTo($0, paths) } ?? [],
            buildContexts: try map?["build-contexts"].map { try Self.buildContexts($0, paths) } ?? [:],
            keep: try map?["keep"].map(ImageValueReader.keep) ?? Self.defaultKeep,
            buildHash: try map?["build-hash"].flatMap { try Self.buildHash($0, paths) },
            record: try paths.ownFile(
                record ?? root.appending(".docker_test_cache\(suffix).json"), map?["record"]),
            lock: try lock.place(below: root, suffix: suffix, paths), lockProtocol: lock.lockProtocol,
            lockIsKept: lock.isKept, lockTimeout: lock.timeout, defaultTags: tag == nil ? defaultTags : nil,
            entitlements: try map?["entitlements"].map { try Self.entitlements($0, paths.admission) } ?? [],
            localCaches: cacheFrom.refusals)
    }

    private static func network(_ value: ConfigurationValue, _ admission: BuildAdmission) throws -> String {
        let network = try ImageValueReader.network(value)
        try admission.check(network: network, value)
        return network
    }

    private static func entitlements(
        _ value: ConfigurationValue, _ admission: BuildAdmission
    ) throws -> [String] {
        let entitlements = try ImageValueReader.entitlements(value)
        for entitlement in entitlements { try admission.check(entitlement: entitlement, value) }
        return entitlements
    }

    private static func cacheTo(_ value: ConfigurationValue, _ paths: ProjectPathReader) throws -> [String] {
        try value.elements("a string or a list of strings").map { element in
            let entry = try paths.cache(element)
            try paths.admission.check(cacheTo: element.string(), element)
            return entry
        }
    }

    /// - Returns: also what to tell of references where the engine does not have the image.
    private static func cacheFrom(
        _ value: ConfigurationValue, _ paths: ProjectPathReader
    ) throws -> (entries: [String], refusals: [String: StokerError]) {
        var refusals: [String: StokerError] = [:]
        let entries = try value.elements("a string or a list of strings").map { element in
            let entry = try paths.cache(element)
            if let refusal = try paths.admission.check(cacheFrom: element.string(), element) {
                refusals[entry] = refusal
            }
            return entry
        }
        return (entries, refusals)
    }

    private static func buildHash(
        _ value: ConfigurationValue, _ paths: ProjectPathReader
    ) throws -> BuildHashRecipe? {
        let sources = try value.elements("a path or a list of paths").map(paths.buildHashSource)
        return sources.isEmpty ? nil : BuildHashRecipe(root: paths.root, sources: sources)
    }

    private static func buildContexts(
        _ value: ConfigurationValue, _ paths: ProjectPathReader
    ) throws -> [String: BuildContext] {
        var contexts = [String: BuildContext]()
        for entry in try value.map("a map from names to folders or references").entries {
            guard ImageValueReader.isName(entry.key, also: "_.-/:@") else {
                throw entry.location.error(
                    "found the build context \(entry.key.quoted), expected a name or an image reference")
            }
            contexts[entry.key] = try paths.buildContext(entry.value)
        }
        return contexts
    }
}
