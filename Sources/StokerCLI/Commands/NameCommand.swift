import ArgumentParser
import StokerCore

struct NameCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "name",
        abstract: "Print a unique container name that reap knows as the project's.",
        discussion: """
            Example:
              docker run --name "$(stoker name sync)" …     # clud-sync-3f9a01bc
            """)

    @Argument(help: ArgumentHelp("What the container is for.", valueName: "stem"))
    var stem: String

    @OptionGroup var project: ProjectOptions

    func run() throws {
        let patterns = try project.reaping(CommandContext().user).patterns
        print(try ContainerNamer.name(stem: stem, patterns: patterns))
    }
}
