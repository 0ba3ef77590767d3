import ArgumentParser
import Foundation
import StokerAgent
import StokerCore
import StokerKit
import SystemPackage

/// What every command finds around it: the environment, the user's own configuration, where things lie.
struct CommandContext {
    let environment: [String: String]
    let user: UserSettings
    let paths: StokerPaths

    init() throws {
        environment = ProcessInfo.processInfo.environment
        if let foreign = PersonalFolders.foreign(environment).first {
            Diagnostics.warning(
                "running as root, and \(foreign.name) is \(foreign.folder), which belongs to the user with the id "
                    + "\(foreign.owner): Stoker's configuration, cache and agent there are left alone and root's own "
                    + "are used; run it as that user, or set HOME to root's")
        }
        user = try UserSettings.load(environment: environment)
        paths = try StokerPaths(environment: environment)
    }

    /// The engine that is spoken to, whatever speaks to it.
    func endpoint() throws -> Endpoint {
        try Endpoint.resolve(environment: environment, user: user.engine)
    }

    var control: ControlClient { ControlClient(socket: user.agentSocket ?? paths.agentSocket) }

    static var currentFolder: FilePath { FilePath(FileManager.default.currentDirectoryPath) }
}

/// Which project is meant.
struct ProjectOptions: ParsableArguments {
    @Option(
        name: .customShort("C"),
        help: ArgumentHelp(
            "The project's folder (default: the nearest one above that has a stoker.yaml or a Dockerfile).",
            valueName: "dir"))
    var folder: String?

    /// - Throws: `StokerError` when there is no project.
    func root() throws -> FilePath {
        if let folder {
            return try ProjectLocator.explicit(CommandContext.currentFolder.pushing(FilePath(folder)))
        }
        return try ProjectLocator.find(from: CommandContext.currentFolder)
    }

    /// The project's reaping, or the person's own where there is no project: containers are the machine's.
    func reaping(_ user: UserSettings) throws -> ReapSettings {
        if folder == nil, (try? ProjectLocator.find(from: CommandContext.currentFolder)) == nil {
            return ReapSettings(user: user)
        }
        return try ProjectSettings.load(root: try root(), user: user).reaping
    }
}

/// What may become of images that Stoker has not built.
struct TagOptions: ParsableArguments {
    @Flag(
        name: .customLong("take-tag"),
        help: "Take an image's tag also from an image that has no other one, on which Stoker has not put it.")
    var takeTag = false
}

/// How data is printed.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON.")
    var json = false

    var format: OutputFormat { json ? .json : .text }
}
