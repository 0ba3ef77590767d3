import ArgumentParser
import Foundation
import Logging
import StokerAgent
import StokerCore
import StokerKit
import SystemPackage

struct WarmCommand: AsyncParsableCommand {
    /// An image whose inputs the short way has found changed.
    @TaskLocal static var missed: String?

    static let configuration = CommandConfiguration(
        commandName: "warm",
        abstract: "Make sure that the image for today's inputs exists, and print its reference.",
        discussion: """
            Without IMAGE all images of the project, in the order of stoker.yaml, several at once; one that is \
            built on another of them comes after it. Nothing but references is printed on standard output.

            Example:
              docker run --rm "$(stoker warm)" pytest
            """)

    @Argument(help: ArgumentHelp("What stoker.yaml calls the image.", valueName: "image"))
    var images: [String] = []

    @OptionGroup var project: ProjectOptions
    @OptionGroup var output: OutputOptions

    @Option(
        help: ArgumentHelp(
            "How long to wait for somebody else's build (default: what STOKER_LOCK_TIMEOUT in the environment or the image's lock in stoker.yaml says, or 300).",
            valueName: "seconds"))
    var timeout: Double?

    @Flag(name: .customLong("no-agent"), help: "Answer without asking the agent.")
    var withoutAgent = false

    @Option(help: ArgumentHelp("A secret for the build, as docker build takes it.", valueName: "id=…,src=…"))
    var secret: [String] = []

    @Option(
        help: ArgumentHelp("An ssh agent for the build, as docker build takes it.", valueName: "default|id=…")
    )
    var ssh: [String] = []

    @Flag(name: .shortAndLong, help: "Print every line of the builder's on standard error.")
    var verbose = false

    func validate() throws {
        guard timeout.map((0...WarmQuestion.longestTimeout).contains) ?? true else {
            throw ValidationError("--timeout is a number of seconds from 0 to 31622400.")
        }
    }

    func run() async throws {
        let context = try CommandContext()
        let root = try project.root()
        let settings = try ProjectSettings.load(root: root, user: context.user)
        let names = images.isEmpty ? settings.images.map(\.name) : images
        // All names before the first build.
        for name in names { _ = try settings.image(named: name) }
        let order = ImageOrder(settings)
        let all = try order.withBases(names)
        let timeouts = try LockTimeouts(option: timeout, environment: context.environment, settings: settings)
        let endpoint = try context.endpoint()
        let progress = ProgressPrinter(isVerbose: verbose, namesImages: all.count > 1)
        try await Interruption.cancelling {
            var answers = WarmAnswers(names: names, format: output.format)
            defer { progress.clear() }
            try await SideBySide.run(
                all, order, width: min(SideBySide.most, max(2, ProcessInfo.processInfo.activeProcessorCount))
            ) { name in
                try await warm(
                    name, root: root, endpoint: endpoint, context: context,
                    timeout: timeouts.seconds(of: name), observer: progress.observer(of: name))
            } onEnd: { name, result in
                progress.clear()
                try answers.add(result, of: name)
            }
            try answers.end()
        }
    }

    private func warm(
        _ name: String, root: FilePath, endpoint: Endpoint, context: CommandContext, timeout: Double,
        observer: @escaping WarmObserver
    ) async throws -> WarmResult {
        if !withoutAgent && secret.isEmpty && ssh.isEmpty {
            let question = WarmQuestion(
                project: root.string, image: name, endpoint: endpoint, timeout: timeout)
            do {
                if let result = try await context.control.warm(question, observer: observer) {
                    return result
                }
            } catch is ControlClient.Disappearance {
                observer(.warning("the agent does not answer any more; going on without it"))
            }
        }
        return try await EngineClient.with(endpoint) { engine in
            var request = try WarmRequest(
                project: root, image: name, user: context.user, via: .local, command: "stoker warm")
            request.credentials.secrets += secret
            request.credentials.ssh += ssh
            request.lockTimeout = .seconds(timeout)
            request.hasMissed = name == WarmCommand.missed
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

extension WarmResult: Renderable {
    var text: String? { image }
}
