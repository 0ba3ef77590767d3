import Foundation
import Logging
import StokerAgent
import StokerCore
import StokerKit
import SystemPackage

/// Warms images of one project, through the agent where there is one, and tells of it on standard error.
struct ImageWarming: Sendable {
    /// An image whose inputs the short way has found changed.
    @TaskLocal static var missed: String?

    /// What was asked for, in order.
    let names: [String]
    /// The same and what they are built on.
    private let all: [String]
    private let order: ImageOrder
    private let root: FilePath
    private let context: CommandContext
    private let endpoint: Endpoint
    private let timeouts: LockTimeouts
    private let progress: ProgressPrinter
    private let asksAgent: Bool
    private let secrets: [String]
    private let ssh: [String]
    private let takesTag: Bool

    /// - Parameters:
    ///   - images: what stoker.yaml calls them; all of the project when empty.
    ///   - timeout: as of `LockTimeouts`.
    ///   - takesTag: whether tags may be taken from a person's images. An agent never does that.
    init(
        _ images: [String], root: FilePath, context: CommandContext, timeout: Double?, isVerbose: Bool,
        asksAgent: Bool, secrets: [String] = [], ssh: [String] = [], takesTag: Bool = false
    ) throws {
        let settings = try ProjectSettings.load(root: root, user: context.user)
        names = images.isEmpty ? settings.images.map(\.name) : images
        // All names before the first build.
        for name in names { _ = try settings.image(named: name) }
        order = ImageOrder(settings)
        all = try order.withBases(names)
        timeouts = try LockTimeouts(option: timeout, environment: context.environment, settings: settings)
        endpoint = try context.endpoint()
        progress = ProgressPrinter(isVerbose: isVerbose, namesImages: all.count > 1)
        self.root = root
        self.context = context
        self.asksAgent = asksAgent
        self.secrets = secrets
        self.ssh = ssh
        self.takesTag = takesTag
    }

    /// - Parameter onEnd: called for each image in the order of their ends; what it throws cancels the others.
    func run(onEnd: (String, Result<WarmResult, any Error>) throws -> Void) async throws {
        defer { progress.clear() }
        try await SideBySide.run(
            all, order, width: min(SideBySide.most, max(2, ProcessInfo.processInfo.activeProcessorCount))
        ) { name in
            try await warm(name)
        } onEnd: { name, result in
            progress.clear()
            try onEnd(name, result)
        }
    }

    private func warm(_ name: String) async throws -> WarmResult {
        let observer = progress.observer(of: name)
        let timeout = timeouts.seconds(of: name)
        if asksAgent && secrets.isEmpty && ssh.isEmpty && !takesTag {
            let question = WarmQuestion(
                project: root.string, image: name, endpoint: endpoint, timeout: timeout)
            do {
                if let result = try await context.control.warm(question, observer: observer) {
                    return result
                }
            } catch let obstacle as ControlClient.Obstacle {
                observer(.warning("\(obstacle.words); going on without it"))
            } catch is ControlClient.Disappearance {
                observer(.warning("the agent does not answer any more; going on without it"))
            }
        }
        return try await EngineClient.with(endpoint) { engine in
            var request = try WarmRequest(
                project: root, image: name, user: context.user, via: .local, command: "stoker warm")
            request.credentials.secrets += secrets
            request.credentials.ssh += ssh
            request.lockTimeout = .seconds(timeout)
            request.takesTag = takesTag
            request.hasMissed = name == ImageWarming.missed
            let warmer = Warmer(
                engine: engine, project: root, imageName: name, cache: context.paths.cache,
                limits: context.user.snapshots,
                client: context.user.client?.program, logger: Logs.make(.warning))
            do {
                return try await warmer.warm(request, observer: observer)
            } catch let refusal as Warmer.BuildRefusal {
                throw refusal.error
            }
        }
    }
}
