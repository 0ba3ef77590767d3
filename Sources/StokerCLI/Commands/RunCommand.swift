import ArgumentParser
import Foundation
import Glibc
import Logging
import StokerCore
import StokerKit
import SystemPackage

struct RunCommand: AsyncParsableCommand {
    /// What hears the signals of this process.
    @TaskLocal static var signals: SignalRelay?

    /// Whether it is this command that was asked for, before the command line is parsed. Who writes options in front of
    /// it is heard by the parser alone, which knows none.
    static var isAsked: Bool {
        guard CommandLine.argc > 1, let first = CommandLine.unsafeArgv[1] else { return false }
        return strcmp(first, "run") == 0
    }

    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a test command with its images warm and its containers owned.",
        discussion: """
            The command is given a DOCKER_HOST of its own. Containers, networks and anonymous volumes that it \
            creates through it go when it ends, or is killed. Named volumes stay, and so does what has a restart \
            policy or the label dev.stoker.keep=true. A kill of it ends the command, and what that has started, too. \
            The exit status is passed on.

            Example:
              stoker run pytest -n 8
            """)

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp(
            "The command and its arguments: all from the first word on that is no option of stoker run, or from two "
                + "dashes.",
            valueName: "command"))
    private var captured: [String] = []

    /// Without the dashes in front of it.
    private var command: ArraySlice<String> { captured.first == "--" ? captured.dropFirst() : captured[...] }

    @OptionGroup var project: ProjectOptions

    @Option(help: ArgumentHelp("An image to warm, instead of all of the project.", valueName: "name"))
    var image: [String] = []

    @Flag(name: .customLong("no-warm"), help: "Warm no image.")
    var withoutWarming = false

    @OptionGroup var tags: TagOptions

    @Option(
        help: ArgumentHelp("How long to wait for somebody else's build, as of warm.", valueName: "seconds"))
    var timeout: Double?

    func validate() throws {
        // Behind another option of ours, the parser takes these two for the command's first word.
        if let first = captured.first, ["-h", "--help"].contains(first) { throw CleanExit.helpRequest(self) }
        if captured.first == "--version" { throw CleanExit.message(Stoker.configuration.version) }
        if let first = captured.first, first.hasPrefix("-"), first != "--" {
            throw ValidationError("Unknown option '\(first)'")
        }
        if command.isEmpty { throw ValidationError("Give a command to run: stoker run pytest -n 8") }
        if withoutWarming && !image.isEmpty {
            throw ValidationError("--no-warm and --image contradict each other.")
        }
        if withoutWarming && tags.takeTag {
            throw ValidationError("--no-warm and --take-tag contradict each other.")
        }
        guard timeout.map((0...ImageSettings.longestLockTimeout).contains) ?? true else {
            throw ValidationError("--timeout is a number of seconds from 0 to 31622400.")
        }
    }

    func run() async throws {
        let context = try CommandContext()
        let folder = withoutWarming ? (try? project.root()) : try project.root()
        guard let signals = RunCommand.signals else {
            throw StokerError(.internalFault, "nobody hears the signals that `stoker run` has to pass on")
        }
        let leased = LeasedRun(
            LeasedRun.Settings(
                endpoint: try context.endpoint(), paths: context.paths,
                project: folder ?? CommandContext.currentFolder, command: words,
                environment: context.environment),
            logger: Logs.make(.warning))
        let work = Task {
            if let folder, !withoutWarming { try await warm(folder, context) }
            return try await leased.run(signals: signals)
        }
        // Until there is a command that they are for.
        signals.receive { _ in work.cancel() }
        let outcome = try await work.value
        RunReport(outcome).tell()
        switch outcome.end {
        case .exited(let status): Glibc.exit(status)
        case .killed(let number):
            SignalRelay.die(by: number)
            Glibc.exit(128 + number)
        }
    }

    /// Its last arguments as they came: they need not be UTF-8.
    private var words: [[UInt8]] {
        let count = Int(CommandLine.argc)
        return ((count - command.count)..<count).map { index in
            // No argument below their number is missing.
            let word = CommandLine.unsafeArgv[index]!
            return UnsafeBufferPointer(start: word, count: strlen(word)).map(UInt8.init(bitPattern:))
        }
    }

    private func warm(_ root: FilePath, _ context: CommandContext) async throws {
        var failure: (any Error)?
        try await ImageWarming(
            image, root: root, context: context, timeout: timeout, isVerbose: false, asksAgent: true,
            takesTag: tags.takeTag
        ).run { _, result in
            switch result {
            case .success(let result): result.warnings.forEach { Diagnostics.warning($0.plain()) }
            case .failure(let error): failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }
}
