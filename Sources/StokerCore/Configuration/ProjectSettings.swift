public import SystemPackage

/// A project as it is to be handled: every default filled in, every path absolute, everything checked.
public struct ProjectSettings: Sendable, Equatable {
    /// The project's folder, absolute and free of symbolic links.
    public var root: FilePath
    /// The `stoker.yaml` that was read; `nil` when there is none.
    public var file: FilePath?
    /// In the order of the file; never empty.
    public var images: [ImageSettings]
    public var reaping: ReapSettings

    public init(root: FilePath, file: FilePath?, images: [ImageSettings], reaping: ReapSettings) {
        self.root = root
        self.file = file
        self.images = images
        self.reaping = reaping
    }
}

/// One image to build.
public struct ImageSettings: Sendable, Equatable {
    /// What the configuration calls it; `default` without a configuration.
    public var name: String
    /// The reference that the image is given, with a tag: `clud-test:latest`.
    public var tag: String
    /// Absolute. Default: `Dockerfile` in the context.
    public var dockerfile: FilePath
    /// The build context, absolute. Default: the project's folder.
    public var context: FilePath
    /// The stage to build. Default: the Dockerfile's last.
    public var target: String?
    /// `--build-arg`. They are inputs.
    public var arguments: [String: String]
    /// `--platform`. Default: the engine's own.
    public var platform: String?
    /// `--network` of the RUN steps. Default: the builder's own.
    public var network: String?
    /// Ask the registry for newer base images at each build. Default: false.
    public var pull: Bool
    /// `--cache-from`, in order.
    public var cacheFrom: [String]
    /// `--cache-to`, in order; needs buildx.
    public var cacheTo: [String]
    /// `--build-context NAME=…`; needs buildx. They are inputs.
    public var buildContexts: [String: BuildContext]
    /// How many of its last images are kept under tags of Stoker's own, so that going back to an earlier state
    /// is no build. Default: 5; 0 keeps none.
    public var keep: Int
    /// What `build_hash` in the record is computed of, for other programs that read it; `nil` for the inputs' own
    /// digest.
    public var buildHash: BuildHashRecipe?
    /// The cache file, absolute. Default: `.docker_test_cache.json` in the project's folder.
    public var record: FilePath
    /// The lock file or marker, absolute. Default: `.docker_build.lock` or `.docker_build.marker` in the project's
    /// folder.
    public var lock: FilePath
    /// How the lock is taken. Default: `flock`.
    public var lockProtocol: LockProtocol
    /// Whether the lock file stays, emptied, when it is let go: for programs that know only `flock` and do not see
    /// that the file which they have locked has lost its name. Default: false.
    public var lockIsKept: Bool
    /// How long to wait for somebody else's build. Default: 300 s, by the command.
    public var lockTimeout: Duration?
    /// Of which the tag is one; `nil` where the configuration names the tag.
    public var defaultTags: DefaultTags?
    /// What RUN steps may do besides, by the person's grant; needs buildx. Default: nothing.
    public var entitlements: [String]
    /// The references of `cacheFrom` that may name images of the engine alone, with what to tell of one that it does not
    /// have.
    public var localCaches: [String: StokerError]

    public static let defaultKeep = 5
    /// Seconds. Beyond a year a time-out is a mistake, and far beyond that a duration overflows.
    public static let longestLockTimeout = 366.0 * 86_400
    /// Each is looked for at every build.
    static let mostKept = 100

    public init(
        name: String, tag: String, dockerfile: FilePath, context: FilePath, target: String? = nil,
        arguments: [String: String] = [:], platform: String? = nil, network: String? = nil,
        pull: Bool = false, cacheFrom: [String] = [], cacheTo: [String] = [],
        buildContexts: [String: BuildContext] = [:], keep: Int = ImageSettings.defaultKeep,
        buildHash: BuildHashRecipe? = nil, record: FilePath, lock: FilePath,
        lockProtocol: LockProtocol = .flock, lockIsKept: Bool = false, lockTimeout: Duration? = nil,
        defaultTags: DefaultTags? = nil,
        entitlements: [String] = [], localCaches: [String: StokerError] = [:]
    ) {
        self.name = name
        self.tag = tag
        self.dockerfile = dockerfile
        self.context = context
        self.target = target
        self.arguments = arguments
        self.platform = platform
        self.network = network
        self.pull = pull
        self.cacheFrom = cacheFrom
        self.cacheTo = cacheTo
        self.buildContexts = buildContexts
        self.keep = keep
        self.buildHash = buildHash
        self.record = record
        self.lock = lock
        self.lockProtocol = lockProtocol
        self.lockIsKept = lockIsKept
        self.lockTimeout = lockTimeout
        self.defaultTags = defaultTags
        self.entitlements = entitlements
        self.localCaches = localCaches
    }
}

/// What an additional build context is made of.
public enum BuildContext: Sendable, Equatable {
    /// A folder, absolute.
    case directory(FilePath)
    /// Anything else that the builder resolves itself: `docker-image://…`, `https://…`.
    case reference(String)
}
