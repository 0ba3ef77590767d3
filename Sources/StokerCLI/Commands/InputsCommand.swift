import ArgumentParser
import StokerCore
import StokerKit

struct InputsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inputs",
        abstract: "List the files that influence an image, in byte order, relative to the project.",
        discussion: """
            Names with a line break or other unprintable bytes are quoted as git quotes them.

            Example:
              stoker inputs | xargs -d '\\n' wc -c
            """)

    @Argument(
        help: ArgumentHelp("What stoker.yaml calls the image (default: its first).", valueName: "image"))
    var image: String?

    @OptionGroup var project: ProjectOptions
    @OptionGroup var output: OutputOptions

    @Flag(help: "Print only the digest of all of them, with the settings that count.")
    var digest = false

    func run() async throws {
        let context = try CommandContext()
        let root = try project.root()
        let settings = try ProjectSettings.load(root: root, user: context.user)
        // Settings have at least one image.
        let image = try settings.image(named: image ?? settings.images[0].name)
        let plan = try InputPlan(image: image, ownFiles: settings.ownFiles)
        var index = StatIndex()
        let inputs = try InputScanner.scan(plan, index: &index)
        if digest && !output.json {
            print(inputs.digest.description)
        } else {
            try output.format.print(InputListing(inputs, plan: plan, project: root, withFiles: !digest))
        }
    }
}
