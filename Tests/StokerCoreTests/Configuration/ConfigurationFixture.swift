import Foundation
import SystemPackage

@testable import StokerCore

/// A home, and a repository with a project in it, in a temporary folder that goes with the fixture.
final class ConfigurationFixture {
    /// Free of symbolic links.
    let base: FilePath
    let home: FilePath
    let repository: FilePath
    let root: FilePath
    let userFile: FilePath

    init(project: String = "app") throws {
        var template = Array("/tmp/stoker-configuration-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemCallError.last("create", "a temporary folder") }
        base = try FilePath(platformString: template).resolvingSymbolicLinks()
        home = base.appending("home")
        repository = base.appending("repo")
        root = repository.appending(project)
        userFile = home.appending(".config/stoker/config.yaml")
        try folder(root)
        try folder(repository.appending(".git"))
        try folder(userFile.removingLastComponent())
    }

    deinit { try? FileManager.default.removeItem(atPath: base.string) }

    func folder(_ path: FilePath) throws {
        try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
    }

    func write(_ text: String, _ path: FilePath) throws {
        try folder(path.removingLastComponent())
        try Data(text.utf8).write(to: URL(fileURLWithPath: path.string))
    }

    func link(_ path: FilePath, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path.string, withDestinationPath: target)
    }

    var file: FilePath { root.appending("stoker.yaml") }

    func load(
        _ yaml: String, allow: [FilePath] = [], build: BuildGrant = BuildGrant()
    ) throws -> ProjectSettings {
        try write(yaml, file)
        let granted = [UserProject(root: root, allow: allow, build: build)]
        return try ProjectSettings.load(
            root: root, user: UserSettings(file: userFile, home: home, projects: granted))
    }

    func loadImage(_ yaml: String, allow: [FilePath] = []) throws -> ImageSettings {
        try load(yaml, allow: allow).images[0]
    }

    func loadUser(_ yaml: String) throws -> UserSettings {
        try write(yaml, userFile)
        return try UserSettings.load(path: userFile, home: home)
    }

    /// The text of the error that a body throws, the fixture's own paths replaced by words; `nil` when it
    /// throws none, or anything but a `StokerError` with the code `badInput`.
    func failure(_ body: () throws -> some Any) -> String? {
        do {
            _ = try body()
            return nil
        } catch {
            guard let error = error as? StokerError, error.code == .badInput else { return nil }
            let names = [
                (file, "FILE"), (userFile, "USER"), (root, "ROOT"), (repository, "REPO"), (home, "HOME"),
                (base, "BASE"),
            ]
            return names.reduce(error.description) {
                $0.replacingOccurrences(of: $1.0.string, with: $1.1)
            }
        }
    }
}
