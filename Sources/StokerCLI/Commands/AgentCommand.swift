import ArgumentParser
import Logging
import StokerAgent
import StokerCore
import SystemPackage

struct AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent",
        abstract: "Watch projects, rebuild their images on change, reap on time; in the foreground.",
        discussion: """
            Without DIR the projects of your own config.yaml, or else the nearest project. SIGTERM ends it, \
            also in the middle of a build.

            Example:
              stoker agent ~/src/app ~/src/tools
            """)

    @Argument(help: ArgumentHelp("A project's folder.", valueName: "dir"))
    var folders: [String] = []

    @OptionGroup var project: ProjectOptions

    @Flag(name: .shortAndLong, help: "Say more of what it does.")
    var verbose = false

    func validate() throws {
        if project.folder != nil && !folders.isEmpty {
            throw ValidationError("Name the projects as arguments or one with -C, not both.")
        }
    }

    func run() async throws {
        let context = try CommandContext()
        let settings = Agent.Settings(
            projects: try projects(context), user: context.user, paths: context.paths,
            endpoint: try context.endpoint(), version: StokerVersion.text)
        try await Agent(settings, logger: Logs.make(verbose ? .debug : .info)).run()
    }

    /// Only what the person named.
    private func projects(_ context: CommandContext) throws -> [FilePath] {
        if folders.isEmpty && project.folder == nil && !context.user.projects.isEmpty {
            return try context.user.projects.map { try ProjectLocator.explicit($0.root) }
        }
        if folders.isEmpty { return [try project.root()] }
        var roots: [FilePath] = []
        for folder in folders {
            let root = try ProjectLocator.explicit(CommandContext.currentFolder.pushing(FilePath(folder)))
            if !roots.contains(root) { roots.append(root) }
        }
        return roots
    }
}
