import ArgumentParser
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
            Without IMAGE all images of the project, in the order of stoker.yaml. Nothing but references is \
            printed on standard output.

            Example:
              docker run --rm "$(stoker warm)" pytest
            """)

    @Argument(help: ArgumentHelp("What stoker.yaml calls the image.", valueName: "image"))
    var images: [String] = []

    @OptionGroup var project: ProjectOptions
    @OptionGroup var output: OutputOptions

    @Option(help: ArgumentHelp("How long to wait for somebody else's build.", valueName: "seconds"))
    var timeout: Double = 300

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
        guard (0...WarmQuestion.longestTimeout).contains(timeout) else {
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
        let endpoint = try context.endpoint()
        try await Interruption.cancelling {
            for name in names {
                let result = try await warm(name, root: root, endpoint: endpoint, context: context)
                result.warnings.forEach { Diagnostics.warning($0.plain()) }
                try output.format.print(result, oneLine: true)
            }
        }
    }

    private func warm(
        _ name: String, root: FilePath, endpoint: Endpoint, context: CommandContext
    ) async throws -> WarmResult {
        let progress = ProgressPrinter(isVerbose: verbose)
        defer { progress.clear() }
        if !withoutAgent && secret.isEmpty && ssh.isEmpty {
            let question = WarmQuestion(
                project: root.string, image: name, endpoint: endpoint, timeout: timeout)
            do {
                if let result = try await context.control.warm(question, observer: progress.observe) {
                    return result
                }
            } catch is ControlClient.Disappearance {
                progress.observe(.warning("the agent does not answer any more; going on without it"))
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
                return try await warmer.warm(request, observer: progress.observe)
            } catch let refusal as Warmer.BuildRefusal {
                throw refusal.error
            }
        }
    }
}

extension WarmResult: Renderable {
    var text: String? { image }
}
