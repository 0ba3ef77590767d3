public import SystemPackage

/// Where an image's inputs lie, as the configuration, the Dockerfile and the ignore files say it now.
///
/// It holds as long as none of `decidingFiles` changes, and the base images are those that it knows.
public struct InputPlan: Sendable, Equatable {
    public let image: ImageSettings
    /// The Dockerfile's bytes.
    public let dockerfile: [UInt8]
    /// The ignore files that decide over the contexts, by the context's name; the build context's is empty.
    public let ignoreFiles: [String: DecidingFile]
    /// What the wanted stage builds on, reads and copies.
    public private(set) var reading: DockerfileReading
    /// The build context.
    public private(set) var main: InputScope
    /// The additional build contexts that are folders, by name.
    public private(set) var contexts: [String: InputScope]
    /// The Dockerfile and every place where an ignore file is or may come into being.
    public let decidingFiles: [FilePath]
    private var bases: KnownBases

    /// The longest Dockerfile, in bytes.
    static let dockerfileLimit = 16 << 20

    /// Reads the Dockerfile and the ignore files.
    ///
    /// - Parameters:
    ///   - ownFiles: Stoker's lock, record and marker, absolute; wherever they lie in a context, they are no
    ///     inputs.
    ///   - bases: What is known of the base images. Default: nothing.
    /// - Throws: `StokerError` (`badInput`) when one is missing or cannot be read or understood.
    public init(
        image: ImageSettings, ownFiles: [FilePath] = [], bases: KnownBases = .none
    ) throws(StokerError) {
        let candidates = image.dockerfileCandidates
        var image = image
        image.dockerfile = image.foundDockerfile
        let dockerfile = try ContainedFile.read(
            image.dockerfile, context: image.context, limit: InputPlan.dockerfileLimit,
            allowsAbsoluteLinks: true)
        guard let dockerfile else {
            throw StokerError(
                .badInput, "there is no Dockerfile at \(image.dockerfile)",
                nextStep: "create it, or name the right one as the image's dockerfile in stoker.yaml")
        }
        let reading = try InputPlan.read(dockerfile, of: image, bases: bases, stages: .reached)
        func scope(_ root: FilePath, _ ignore: IgnoreFile.Located?, _ reads: ContextReads) -> InputScope {
            InputScope(
                root: root, matcher: ignore.map { IgnoreMatcher($0.file) } ?? .none,
                ownFiles: Set(ownFiles.compactMap { BytePath(of: $0, in: root) }), reads: ReadScope(reads))
        }
        var contexts: [String: InputScope] = [:]
        var deciding = candidates.flatMap {
            [$0] + IgnoreFile.places(dockerfile: $0, context: image.context)
        }
        var ignoreFiles: [String: DecidingFile] = [:]
        for (name, context) in image.buildContexts {
            guard case .directory(let root) = context else { continue }
            let ignore = try IgnoreFile.locate(namedContext: root)
            ignoreFiles[name] = ignore.map(DecidingFile.init)
            contexts[name] = scope(root, ignore, reading.named[name] ?? .only([]))
            deciding.append(root.appending(IgnoreFile.fileName))
        }
        let ignore = try IgnoreFile.locate(dockerfile: image.dockerfile, context: image.context)
        ignoreFiles[""] = ignore.map(DecidingFile.init)
        self.image = image
        self.dockerfile = dockerfile
        self.reading = reading
        self.bases = bases
        self.ignoreFiles = ignoreFiles
        main = scope(image.context, ignore, reading.context)
        self.contexts = contexts
        decidingFiles = deciding
    }

    /// The ignore file that decides over the build context; `nil` when there is none.
    public var ignoreFile: DecidingFile? { ignoreFiles[""] }

    /// The same plan with what has been learned of the base images since. Reads no file.
    ///
    /// - Throws: As `init`, for the Dockerfile.
    public func knowing(_ bases: KnownBases) throws(StokerError) -> InputPlan {
        var plan = self
        plan.bases = bases
        plan.reading = try InputPlan.read(dockerfile, of: image, bases: bases, stages: .reached)
        let scopes = scopes(for: plan.reading)
        plan.main = scopes.main
        plan.contexts = scopes.contexts
        return plan
    }

    private static func read(
        _ dockerfile: [UInt8], of image: ImageSettings, bases: KnownBases, stages: StageSelection
    ) throws(StokerError) -> DockerfileReading {
        try DockerfileReading.read(
            dockerfile, name: image.dockerfile.string,
            in: DockerfileSurroundings(
                target: image.target, arguments: image.arguments, platform: image.platform,
                enginePlatform: bases.enginePlatform, buildContexts: image.buildContexts, bases: bases.facts,
                stages: stages))
    }

    /// The same contexts with all that a builder has to be given which builds stages that the wanted one
    /// does not reach: the legacy builder does. They are no inputs, since they cannot get into the image.
    ///
    /// - Throws: As `init`.
    public func scopes(for stages: StageSelection) throws(StokerError) -> InputScopes {
        if stages == .reached { return InputScopes(main: main, contexts: contexts) }
        return scopes(for: try InputPlan.read(dockerfile, of: image, bases: bases, stages: stages))
    }

    private func scopes(for reading: DockerfileReading) -> InputScopes {
        var others: [String: InputScope] = [:]
        for (name, scope) in contexts {
            others[name] = scope.reading(reading.named[name] ?? .only([]))
        }
        return InputScopes(main: main.reading(reading.context), contexts: others)
    }
}

/// One scope for each build context.
public struct InputScopes: Sendable, Equatable {
    public var main: InputScope
    public var contexts: [String: InputScope]
}

/// A file that was read for a plan.
public struct DecidingFile: Sendable, Equatable {
    public let path: FilePath
    public let bytes: [UInt8]

    public init(path: FilePath, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }

    init(_ located: IgnoreFile.Located) { self.init(path: located.path, bytes: located.bytes) }

    /// Whether an ignore file is that of the Dockerfile alone: `<Dockerfile>.dockerignore`.
    public var isBesideDockerfile: Bool { path.lastComponent?.string != IgnoreFile.fileName }
}
