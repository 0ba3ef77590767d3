public import StokerCore
public import SystemPackage

/// What a caller wants of one `warm`.
public struct WarmRequest: Sendable {
    public var image: ImageSettings
    /// Lock, record and marker of every image of the project, absolute: never inputs.
    public var ownFiles: [FilePath]
    public var credentials: BuildCredentials
    /// How long to wait for somebody else's build. Default: what the image's settings say, or 300 s.
    public var lockTimeout = standardLockTimeout
    public static let standardLockTimeout = Duration.seconds(300)
    /// Inputs that are not worth a build, since the builder has refused them. Default: none.
    public var refused: ContentDigest?
    /// Whether a look since the question was asked has found other inputs than those of the record, so that the
    /// first look would tell nothing new. Default: false.
    public var hasMissed = false
    /// Is called right before base images and inputs are read for a build: whatever was there by then is in it.
    /// Default: nothing.
    public var willRead: @Sendable () -> Void = {}
    /// Whether the tag may be taken from whichever image has it. Default: false, since a person's image could lose its
    /// last one.
    public var takesTag = false
    /// As a record has it: what another program has put on the tag under the lock while we waited.
    var sharedID: String?
    public var via: WarmRoute
    /// For the lock's story: `stoker warm`.
    public var command: String

    public init(
        image: ImageSettings, ownFiles: [FilePath], credentials: BuildCredentials = .none, via: WarmRoute,
        command: String
    ) {
        self.image = image
        self.ownFiles = ownFiles
        self.credentials = credentials
        self.via = via
        self.command = command
    }

    /// Whether it reads the inputs of the same settings.
    public func hasSettings(of other: WarmRequest) -> Bool {
        image == other.image && ownFiles == other.ownFiles
    }

    /// As the configuration says it at this moment.
    ///
    /// - Throws: `StokerError` (`badInput`) for a broken configuration, (`usage`) for an image that it does
    ///   not have.
    public init(
        project root: FilePath, image name: String, user: UserSettings, via: WarmRoute, command: String
    ) throws {
        var settings = try ProjectSettings.load(root: root, user: user)
        settings.claimTags(for: user)
        let granted = user.project(at: root)
        let image = try settings.image(named: name)
        try settings.checkBases(of: image)
        self.init(
            image: image, ownFiles: settings.ownFiles,
            credentials: BuildCredentials(secrets: granted?.secrets ?? [], ssh: granted?.ssh ?? []), via: via,
            command: command)
        if let timeout = image.lockTimeout { lockTimeout = timeout }
    }
}

extension ProjectSettings {
    /// Refuses to build on another project's image: where that has the default tag of one of ours, a Dockerfile that names
    /// the tag means ours.
    ///
    /// - Throws: `StokerError` (`badInput`).
    func checkBases(of image: ImageSettings) throws {
        let renamed = images.filter { $0.defaultTags != nil && $0.defaultTags?.plain != $0.tag }
        guard images.count > 1, !renamed.isEmpty,
            let plan = try? InputPlan(image: image, ownFiles: ownFiles)
        else { return }
        for base in plan.reading.bases {
            let name = FamiliarName.reference(base.text)
            guard let other = renamed.first(where: { $0.defaultTags?.plain == name && $0.name != image.name })
            else { continue }
            throw StokerError(
                .badInput, "\(image.dockerfile) builds on \(name), which is another project's tag",
                cause: "that of the image \(other.name) is \(other.tag)",
                nextStep: "give \(other.name) a tag in stoker.yaml, and name that in the Dockerfile")
        }
    }

    /// - Throws: `StokerError` (`usage`) that names the images there are.
    public func image(named name: String) throws -> ImageSettings {
        if let image = images.first(where: { $0.name == name }) { return image }
        throw StokerError(
            .usage, "the project \(root) has no image `\(name)`",
            nextStep: "name one of: \(images.map(\.name).joined(separator: ", "))")
    }
}

extension ClientChoice {
    /// As the PATH finds it, or absolute.
    public var program: String {
        switch self {
        case .docker: "docker"
        case .podman: "podman"
        case .program(let path): path.string
        }
    }
}
