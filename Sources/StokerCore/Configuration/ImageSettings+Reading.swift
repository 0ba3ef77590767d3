import SystemPackage

extension ImageSettings {
    /// The name of an image that needs none.
    static let defaultName = "default"

    static let keys = [
        "args", "build-contexts", "build-hash", "cache-from", "cache-to", "context", "dockerfile", "keep",
        "lock",
        "network",
        "platform", "pull", "record", "tag", "target",
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
            network: try map?["network"].map(ImageValueReader.network),
            pull: try map?["pull"]?.bool() ?? false,
            cacheFrom: try map?["cache-from"].map { try Self.caches($0, paths) } ?? [],
            cacheTo: try map?["cache-to"].map { try Self.caches($0, paths) } ?? [],
            buildContexts: try map?["build-contexts"].map { try Self.buildContexts($0, paths) } ?? [:],
            keep: try map?["keep"].map(ImageValueReader.keep) ?? Self.defaultKeep,
            buildHash: try map?["build-hash"].flatMap { try Self.buildHash($0, paths) },
            record: try paths.ownFile(
                record ?? root.appending(".docker_test_cache\(suffix).json"), map?["record"]),
            lock: try lock.place(below: root, suffix: suffix, paths), lockProtocol: lock.lockProtocol,
            lockIsKept: lock.isKept, lockTimeout: lock.timeout, defaultTags: tag == nil ? defaultTags : nil)
    }

    private static func caches(_ value: ConfigurationValue, _ paths: ProjectPathReader) throws -> [String] {
        try value.elements("a string or a list of strings").map(paths.cache)
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
