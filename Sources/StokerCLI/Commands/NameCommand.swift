import ArgumentParser
import StokerCore

struct NameCommand: ParsableCommand {
    /// Names at most of one call: of the shortest suffix, six digits, these are one in a thousand, so that a
    /// free one is always found at once.
    private static let mostNames = 10_000

    static let configuration = CommandConfiguration(
        commandName: "name",
        abstract: "Print a unique container name that reap knows as the project's.",
        discussion: """
            Example:
              docker run --name "$(stoker name sync)" …     # clud-sync-3f9a01bc
            """)

    @Argument(help: ArgumentHelp("What the container is for.", valueName: "stem"))
    var stem: String

    @Option(help: ArgumentHelp("Print this many names, one a line, no two the same.", valueName: "number"))
    var count = 1

    @OptionGroup var project: ProjectOptions

    func validate() throws {
        guard (1...NameCommand.mostNames).contains(count) else {
            throw ValidationError("--count is a number from 1 to \(NameCommand.mostNames).")
        }
    }

    func run() throws {
        let patterns = try project.reaping(CommandContext().user).patterns
        var names: Set<String> = []
        while names.count < count {
            let name = try ContainerNamer.name(stem: stem, patterns: patterns)
            if names.insert(name).inserted { print(name) }
        }
    }
}
