import ArgumentParser
import StokerAgent
import StokerCore

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what the agent knows: projects, images, the last build and why, the last reap, runs.",
        discussion: """
            Example:
              stoker status --json
            """)

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let context = try CommandContext()
        var report: StatusReport?
        do { report = try await context.control.status() } catch let obstacle as ControlClient.Obstacle {
            Diagnostics.warning(obstacle.words)
        }
        try output.format.print(AgentStatus(report: report))
    }
}

/// The agent's report, or that there is no agent.
struct AgentStatus: Renderable {
    let report: StatusReport?

    func encode(to encoder: any Encoder) throws {
        if let report { return try report.encode(to: encoder) }
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeNil(forKey: .agent)
        try container.encode([String](), forKey: .projects)
    }

    private enum CodingKeys: CodingKey { case agent, projects }

    var text: String? {
        guard let report else { return "no agent runs; start one with `stoker agent`" }
        return StatusText(report).lines.map { $0.plain() }.joined(separator: "\n")
    }
}
