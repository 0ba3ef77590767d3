import ArgumentParser
import Logging
import StokerCore
import StokerKit

struct ReapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reap",
        abstract: "Remove leaked test containers, once.",
        discussion: """
            Only containers whose whole name matches a pattern go, and only past the age limit. Everything \
            listed comes with the reason why it goes or stays.

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
        if let olderThan {
            let age = try asUsage("--older-than") { try DurationText.parse(olderThan) }
            settings.olderThan = age
            settings.runningOlderThan = age
        }
        if !pattern.isEmpty {
            settings.patterns = try asUsage("--pattern") { try pattern.map(ContainerPattern.init(parsing:)) }
        }
        let policy = ReapPolicy(settings)
        let endpoint = try context.endpoint()
        let report = try await Interruption.cancelling {
            try await EngineClient.with(endpoint) { engine in
                let reaper = Reaper(engine: engine, policy: policy, logger: Logs.make(.warning))
                let plan = try await reaper.plan()
                return dryRun ? ReapReport(plan) : try await reaper.carryOut(plan, confirmed: yes)
            }
        }
        try output.format.print(report)
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
        if containers.isEmpty { return nil }
        let width = containers.map { ($0.name ?? $0.id.prefix(12).description).count }.max() ?? 0
        return containers.map { container in
            let name = container.name ?? String(container.id.prefix(12))
            let padding = String(repeating: " ", count: width - name.count)
            let decision = container.decision.rawValue
            return decision + String(repeating: " ", count: 9 - decision.count)
                + name.plain() + padding + "  " + container.reason.plain()
        }.joined(separator: "\n")
    }

    /// - Throws: `StokerError` when something that should have gone is still there.
    func complain(isDryRun: Bool) throws {
        if let confirmation {
            if isDryRun { return Diagnostics.note(confirmation) }
            throw StokerError(.usage, confirmation)
        }
        let failed = containers.filter { $0.decision == .failed }
        if let first = failed.first {
            throw StokerError(
                .engineUnavailable,
                "\(failed.count) of the containers could not be removed, first \(first.name ?? first.id)",
                cause: first.reason, nextStep: "run `stoker reap` again later")
        }
    }
}
