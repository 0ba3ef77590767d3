public import SystemPackage

/// What the user's own `config.yaml` says: all that reaches beyond a project, which a project's own
/// `stoker.yaml` therefore may not say.
public struct UserSettings: Sendable, Equatable {
    /// Where the configuration is, or would be; error messages name it.
    public var file: FilePath
    /// The user's home, absolute.
    public var home: FilePath
    /// Stoker's folder for caches, absolute; `nil` where nothing is remembered.
    public var cache: FilePath?
    /// The engine to speak to. Default: the one that the docker client would choose.
    public var engine: EngineChoice?
    /// The command line that builds. Default: whichever is found.
    public var client: ClientChoice?
    /// The agent's socket, absolute. Default: `stoker/agent.sock` in XDG_RUNTIME_DIR.
    public var agentSocket: FilePath?
    /// What Stoker's copies of inputs may take on disk. Default: 20 GB, 14 days.
    public var snapshots: SnapshotLimits
    /// What the kept images may take of the engine's disk. Default: 20 GB.
    public var images: ImageLimits
    /// When leaked containers go, whosever they are, and the least that a project may say of it.
    public var reaping: ReapOptions
    /// In the order of the file: the projects that an agent without arguments watches.
    public var projects: [UserProject]

    public init(
        file: FilePath, home: FilePath, cache: FilePath? = nil, engine: EngineChoice? = nil,
        client: ClientChoice? = nil,
        agentSocket: FilePath? = nil, snapshots: SnapshotLimits = .standard, images: ImageLimits = .standard,
        reaping: ReapOptions = ReapOptions(), projects: [UserProject] = []
    ) {
        self.file = file
        self.home = home
        self.cache = cache
        self.engine = engine
        self.client = client
        self.agentSocket = agentSocket
        self.snapshots = snapshots
        self.images = images
        self.reaping = reaping
        self.projects = projects
    }

    /// Which project each tag is of.
    public var tags: TagBook? { cache.map { TagBook(cache: $0) } }

    /// What the user grants the project in a folder; `nil` when the configuration does not name it.
    ///
    /// - Parameter root: As `ProjectLocator` gives it.
    public func project(at root: FilePath) -> UserProject? { projects.first { $0.root == root } }
}

/// An engine that the user chose.
public enum EngineChoice: Sendable, Equatable {
    /// As in DOCKER_HOST: `unix:///run/docker.sock`, `tcp://127.0.0.1:2375`.
    case host(String)
    /// The name of a docker context.
    case context(String)
}

/// A command line that the user chose to build with.
public enum ClientChoice: Sendable, Equatable {
    case docker
    case podman
    /// A program, absolute.
    case program(FilePath)
}

/// What the user grants one project.
public struct UserProject: Sendable, Equatable {
    /// The project's folder, absolute; free of symbolic links if it existed when this was read.
    public var root: FilePath
    /// `--secret`, each with an absolute `src` or with `env`. Default: none.
    public var secrets: [String]
    /// `--ssh`: `default`, or `id=/absolute/path`. Default: none.
    public var ssh: [String]
    /// Folders outside the repository that the project's `stoker.yaml` may name, absolute. Default: none.
    public var allow: [FilePath]
    /// By which names its containers are known, and the least that its `stoker.yaml` may say of when they go. Where that
    /// says nothing, this counts. Default: nothing beyond the defaults.
    public var reaping: ReapOptions
    /// What its `stoker.yaml` may ask of the builder.
    public var build: BuildGrant

    public init(
        root: FilePath, secrets: [String] = [], ssh: [String] = [], allow: [FilePath] = [],
        reaping: ReapOptions = ReapOptions(), build: BuildGrant = BuildGrant()
    ) {
        self.root = root
        self.secrets = secrets
        self.ssh = ssh
        self.allow = allow
        self.reaping = reaping
        self.build = build
    }
}
