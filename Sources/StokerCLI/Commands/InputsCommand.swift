import ArgumentParser
import StokerCore
import StokerKit
import SystemPackage

struct InputsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inputs",
        abstract: "List the files that influence an image, in byte order, relative to the project.",
        discussion: """
            Names with a line break or other unprintable bytes are quoted as git quotes them.

            What the instructions of base images (ONBUILD) read is known only of those in the engine's image store, \
            so the engine is asked.

            Example:
              stoker inputs | xargs -d '\\n' wc -c
              stoker inputs --why src/main.py
            """)

    @Argument(
        help: ArgumentHelp("What stoker.yaml calls the image (default: its first).", valueName: "image"))
    var image: String?

    @OptionGroup var project: ProjectOptions
    @OptionGroup var output: OutputOptions

    @Flag(help: "Print only the digest of all of them, with the settings that count.")
    var digest = false

    @Flag(name: .customLong("no-agent"), help: "Look at the files, whatever the agent knows of their digest.")
    var withoutAgent = false

    @Option(
        help: ArgumentHelp(
            "Explain one path: which line of which file ignores or reads it, or that nothing does.",
            valueName: "path"))
    var why: String?

    func validate() throws {
        if digest && why != nil { throw ValidationError("--digest and --why exclude each other.") }
    }

    func run() async throws {
        let context = try CommandContext()
        let root = try project.root()
        let settings = try ProjectSettings.load(root: root, user: context.user)
        // Settings have at least one image.
        let image = try settings.image(named: image ?? settings.images[0].name)
        let plan = try await plan(image, settings, context)
        if let why {
            let file = CommandContext.currentFolder.pushing(FilePath(why))
            return try output.format.print(PathAnswer(try plan.explanation(of: file), project: root))
        }
        var index = StatIndex(isKept: false)
        let looked = try InputScanner.look(plan, index: &index)
        if digest && !output.json {
            print(looked.digest.description)
        } else {
            let inputs = looked.inputs
            try output.format.print(InputListing(inputs, plan: plan, project: root, withFiles: !digest))
        }
    }

    /// The plan as `warm` makes it. Without an engine it holds too much rather than too little.
    private func plan(
        _ image: ImageSettings, _ settings: ProjectSettings, _ context: CommandContext
    ) async throws -> InputPlan {
        let plan = try InputPlan(image: image, ownFiles: settings.ownFiles)
        if plan.reading.bases.isEmpty, !ResolvedPlan.mayNeedEnginePlatform(plan) { return plan }
        do {
            return try await EngineClient.with(try context.endpoint()) { engine in
                try await ResolvedPlan(image: image, ownFiles: settings.ownFiles, engine: engine).plan
            }
        } catch let error as StokerError where error.code == .engineUnavailable {
            Diagnostics.warning(
                "no engine answers, so what base images read by ONBUILD is unknown and everything counts: \(error)"
            )
            return plan
        }
    }
}
