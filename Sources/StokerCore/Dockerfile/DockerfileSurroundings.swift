/// What is known of an image that a Dockerfile builds on.
public enum BaseImageFacts: Sendable, Equatable {
    /// It is in the engine's image store; `environment` holds `NAME=value`.
    case present(onBuild: [String], environment: [String])
    /// It is not, so its ONBUILD instructions and environment are unknown.
    case unknown
}

/// Which stages of a Dockerfile count.
public enum StageSelection: Sendable, Equatable {
    /// Those that the target really reaches, which are all that BuildKit builds.
    case reached
    /// All up to the target, since the legacy builder builds them all.
    case upToTarget
}

/// What the reading of a Dockerfile may rest on besides its bytes.
public struct DockerfileSurroundings: Sendable, Equatable {
    /// A stage's name or number, as `--target` takes it. Default: the last stage.
    public var target: String?
    /// `--build-arg`.
    public var arguments: [String: String]
    /// `--platform`. Default: the engine's own.
    public var platform: String?
    /// `linux/amd64`, when known.
    public var enginePlatform: String?
    /// `--build-context`.
    public var buildContexts: [String: BuildContext]
    /// By the reference as `DockerfileReading.bases` gives it; a missing key is `.unknown`.
    public var bases: [String: BaseImageFacts]
    public var stages: StageSelection

    public init(
        target: String? = nil, arguments: [String: String] = [:], platform: String? = nil,
        enginePlatform: String? = nil, buildContexts: [String: BuildContext] = [:],
        bases: [String: BaseImageFacts] = [:], stages: StageSelection = .reached
    ) {
        self.target = target
        self.arguments = arguments
        self.platform = platform
        self.enginePlatform = enginePlatform
        self.buildContexts = buildContexts
        self.bases = bases
        self.stages = stages
    }
}
