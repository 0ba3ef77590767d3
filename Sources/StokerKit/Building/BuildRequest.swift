import StokerCore
import SystemPackage

/// Secrets and agents that a build may use. They come from the user's own configuration or the command line
/// alone: a cloned repository must not be able to read the machine.
public struct BuildCredentials: Sendable, Equatable {
    /// As `--secret` takes them: `id=npm,src=/home/me/.npmrc`.
    public var secrets: [String]
    /// As `--ssh` takes them: `default`.
    public var ssh: [String]

    public static let none = BuildCredentials()

    public init(secrets: [String] = [], ssh: [String] = []) {
        self.secrets = secrets
        self.ssh = ssh
    }

    public var isEmpty: Bool { secrets.isEmpty && ssh.isEmpty }
}

/// One build, ready to be handed to the client.
struct BuildRequest: Sendable {
    /// What is asked for; its paths are the live tree's, and not used.
    var image: ImageSettings
    var credentials: BuildCredentials
    /// The snapshot's.
    var dockerfile: FilePath
    var context: FilePath
    var buildContexts: [String: BuildContext]
    /// The temporary reference that the result gets.
    var tag: String
    /// For what the builder would take for the same although it is not.
    var withoutCache = false
    /// Whether there are symbolic links in what is copied. The legacy builder's cache looks at what a link leads
    /// to and not at the link, and passes over one that leads to itself, so it takes a layer with other links
    /// for the one that is wanted.
    var hasLinks = false

    /// The client's arguments.
    ///
    /// - Throws: `StokerError` with `.badInput` for a setting that this client's builder does not have.
    func arguments(for kind: BuilderClient.Kind) throws -> [String] {
        try refuseUnsupported(kind)
        var arguments = ["build", "--file", dockerfile.string, "--tag", tag, "--force-rm"]
        func add(_ flag: String, _ value: String?) {
            if let value { arguments += [flag, value] }
        }
        add("--target", image.target)
        add("--platform", image.platform)
        add("--network", image.network)
        if image.pull { arguments.append("--pull") }
        let isWithoutCache =
            switch kind {
            case .legacy: hasLinks
            case .engineOwn: hasLinks || withoutCache
            case .buildx, .embeddedBuildKit, .podman: withoutCache
            }
        if isWithoutCache { arguments.append("--no-cache") }
        for (name, value) in image.arguments.sorted(by: { $0.key < $1.key }) {
            add("--build-arg", "\(name)=\(value)")
        }
        image.cacheFrom.forEach { add("--cache-from", $0) }
        image.cacheTo.forEach { add("--cache-to", $0) }
        for (name, context) in buildContexts.sorted(by: { $0.key < $1.key }) {
            switch context {
            case .directory(let path): add("--build-context", "\(name)=\(path)")
            case .reference(let reference): add("--build-context", "\(name)=\(reference)")
            }
        }
        image.entitlements.forEach { add("--allow", $0) }
        credentials.secrets.forEach { add("--secret", $0) }
        credentials.ssh.forEach { add("--ssh", $0) }
        switch kind {
        case .buildx: arguments += ["--load", "--progress", "plain"]
        case .embeddedBuildKit: arguments += ["--progress", "plain"]
        case .legacy, .engineOwn, .podman: break
        }
        return arguments + [context.string]
    }

    private func refuseUnsupported(_ kind: BuilderClient.Kind) throws {
        let isBeforeBuildKit = kind == .legacy || kind == .engineOwn
        let settings: [(String, Bool)] = [
            ("build-contexts", !buildContexts.isEmpty && kind != .buildx && kind != .podman),
            ("cache-to", !image.cacheTo.isEmpty && kind != .buildx),
            ("entitlements", !image.entitlements.isEmpty && kind != .buildx),
            ("secrets", !credentials.secrets.isEmpty && isBeforeBuildKit),
            ("ssh", !credentials.ssh.isEmpty && isBeforeBuildKit),
        ]
        if let (name, _) = settings.first(where: { $0.1 }) {
            throw StokerError(
                .badInput, "the image \(image.name) uses \(name), which this docker client cannot build with",
                nextStep: "install its buildx plugin, or leave the setting out")
        }
    }
}
