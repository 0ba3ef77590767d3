import ArgumentParser
import Logging
import StokerCore
import StokerKit

struct ReapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reap",
        abstract: "Remove leaked test containers, once.",
        discussion: """
            Containers go whose whole name matches a pattern, past the age limit, and at once, with their \
            networks and anonymous volumes, those of a `stoker run` that is dead. Of images only those go that \
            Stoker built and nothing else holds, when they were superseded, take too much or are what a dead \
            build has left. Everything listed comes with the reason why it goes or stays. Of what stoker.yaml says, \
            what could end other projects' containers counts only as far as your own configuration admits it.

            Example:
              stoker reap --older-than 2h --dry-run
            """)

    @OptionGroup var project: ProjectOptions
    @OptionGroup var output: OutputOptions

    @Option(
        help: ArgumentHelp(
            "The age limit, of exited and of running containers: 90s, 15m, 2h, 1d.", valueName: "age"))
    var olderThan: String?

    @Option(
        help: ArgumentHelp(
            "Which names may go, instead of the configured ones: clud-*-{hex:8}.", valueName: "pattern"))
    var pattern: [String] = []

    @Flag(name: .long, help: "Remove nothing, only say what would go.")
    var dryRun = false

    @Flag(name: .long, help: "Carry out a plan that needs a person's word.")
    var yes = false

    func validate() throws {
        if dryRun && yes { throw ValidationError("--dry-run and --yes contradict each other.") }
    }

    func run() async throws {
        let context = try CommandContext()
        var settings = try project.reaping(context.user)
        // Whoever says both says all.
        if let refusal = settings.refusal, pattern.isEmpty || olderThan == nil { Diagnostics.note(refusal) }
        if !pattern.isEmpty {
            settings.choose(try asUsage("--pattern") { try pattern.map(ContainerPattern.init(parsing:)) })
        }
        if let olderThan {
            settings.choose(age: try asUsage("--older-than") { try DurationText.parse(olderThan) })
        }
        let policy = ReapPolicy([settings])
        let endpoint = try context.endpoint()
        let leases = LeaseBook(folder: context.paths.leases)
        let (cache, user) = (context.paths.cache, context.user)
        let logger = Logs.make(.warning)
        let (report, problem) = try await Interruption.cancelling {
            try await EngineClient.with(endpoint) { engine in
                var report = try await Reaper(
                    engine: engine, policy: policy, leases: leases, logger: logger
                ).reap(isDryRun: dryRun, confirmed: yes)
                if report.engineFellSilent { return (report, nil as (any Error)?) }
                do {
                    // After the containers, which have held some of them.
                    try await ImageReaper(engine, cache: cache, user: user, logger: logger)
                        .reap(into: &report, isDryRun: dryRun)
                    return (report, nil)
                } catch {
                    // What became of the containers is told all the same.
                    return (report, error)
                }
            }
        }
        try output.format.print(report)
        if let problem { throw problem }
        try report.complain(isDryRun: dryRun)
    }

    /// What is wrong in a configuration when it stands there is wrong usage on the command line.
    private func asUsage<Value>(_ option: String, _ parse: () throws -> Value) throws -> Value {
        do {
            return try parse()
        } catch var error as StokerError {
            error.code = .usage
            error.message = "\(option): \(error.message)"
            throw error
        }
    }
}

extension ReapReport: Renderable {
    var text: String? {
        if lines.isEmpty { return nil }
        let width = lines.map(\.title.count).max() ?? 0
        return lines.map { line in
            let decision = line.decision.rawValue
            return decision + String(repeating: " ", count: 9 - decision.count) + line.title.plain()
                + String(repeating: " ", count: width - line.title.count) + "  " + line.reason.plain()
        }.joined(separator: "\n")
    }

    /// - Throws: `StokerError` when something that should have gone is still there.
    func complain(isDryRun: Bool) throws {
        if let confirmation {
            if isDryRun { return Diagnostics.note(confirmation) }
            throw StokerError(.usage, confirmation)
        }
        let failed = lines.filter { $0.decision == .failed }
        if let first = failed.first {
            throw StokerError(
                .engineUnavailable, "\(failed.count) could not be removed, first \(first.title)",
                cause: first.reason,
                nextStep: "run `stoker reap` again later")
        }
    }
}
