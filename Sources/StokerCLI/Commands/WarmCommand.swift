import ArgumentParser
import StokerAgent
import StokerCore
import StokerKit

struct WarmCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "warm",
        abstract: "Make sure that the image for today's inputs exists, and print its reference.",
        discussion: """
            Without IMAGE all images of the project, in the order of stoker.yaml, several at once; one that is \
            built on another of them comes after it. Nothing but references is printed on standard output. A tag is taken \
            only from an image on which Stoker has put it, or which has another tag as well, unless you say --take-tag.

            Example:
              docker run --rm "$(stoker warm)" pytest
            """)

    @Argument(help: ArgumentHelp("What stoker.yaml calls the image.", valueName: "image"))
    var images: [String] = []

    @OptionGroup var project: ProjectOptions
    @OptionGroup var output: OutputOptions

    @Option(
        help: ArgumentHelp(
            "How long to wait for somebody else's build, and, from 20 to 120 seconds, for the engine's answers (default: what STOKER_LOCK_TIMEOUT in the environment or the image's lock in stoker.yaml says, or 300).",
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

    @OptionGroup var tags: TagOptions

    @Flag(name: .shortAndLong, help: "Print every line of the builder's on standard error.")
    var verbose = false

    func validate() throws {
        guard timeout.map((0...WarmQuestion.longestTimeout).contains) ?? true else {
            throw ValidationError("--timeout is a number of seconds from 0 to 31622400.")
        }
    }

    func run() async throws {
        let context = try CommandContext()
        let warming = try ImageWarming(
            images, root: try project.root(), context: context, timeout: timeout, isVerbose: verbose,
            asksAgent: !withoutAgent, secrets: secret, ssh: ssh, takesTag: tags.takeTag)
        try await Interruption.cancelling {
            var answers = WarmAnswers(names: warming.names, format: output.format)
            try await warming.run { name, result in try answers.add(result, of: name) }
            try answers.end()
        }
    }
}

extension WarmResult: Renderable {
    var text: String? { image }
}
