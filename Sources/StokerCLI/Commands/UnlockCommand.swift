import ArgumentParser
import StokerCore
import StokerKit

struct UnlockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unlock",
        abstract: "Say who holds the locks of a project's images, and remove markers that nobody holds.",
        discussion: """
            Without IMAGE those of all images of the project. Only a marker (lock: {protocol: marker}) ever needs \
            this, and only where nobody can prove its holder's death: an empty one, or one from another machine. A \
            flock ends with its holder. The exit status is 0 when nothing is locked any more, and 75 when \
            something still is.

            Example:
              stoker unlock && stoker warm
            """)

    @Argument(help: ArgumentHelp("What stoker.yaml calls the image.", valueName: "image"))
    var images: [String] = []

    @OptionGroup var project: ProjectOptions
    @OptionGroup var output: OutputOptions

    @Flag(help: "Remove the marker of a holder that lives, too. It then builds for nothing, and begins anew.")
    var force = false

    func run() throws {
        let context = try CommandContext()
        let settings = try ProjectSettings.load(root: try project.root(), user: context.user)
        let chosen = try images.isEmpty ? settings.images : images.map(settings.image(named:))
        var held: LockFinding?
        for image in chosen {
            let finding = try ImageLock.unlock(image, isForced: force)
            try output.format.print(finding, oneLine: true)
            if finding.state == .held, held == nil { held = finding }
        }
        if let held {
            throw StokerError(
                .lockTimeout, "\(held.path) is still locked",
                nextStep: "wait for its holder to end, or stop it"
                    + (held.lockProtocol == .marker && !force ? ", or use --force" : ""))
        }
    }
}

extension LockFinding: Renderable {
    var text: String? { "\(path.plain()) \(words)" }
}
