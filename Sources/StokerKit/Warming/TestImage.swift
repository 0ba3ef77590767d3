public import Foundation
import Logging
import StokerCore
import SystemPackage

/// A project's image and names for its containers, for a test suite in Swift:
///
///     @Test func itGreets() async throws {
///         let image = try await TestImage.reference()
///         let name = try TestImage.containerName("greets")
///         …
///     }
///
/// Errors that it throws describe themselves in one sentence for people.
public enum TestImage {
    /// Makes sure that the image for the files as they are from now on exists, as `stoker warm --no-agent` does.
    ///
    /// Any number of tasks, threads and processes may ask at once: one builds, the others wait for it.
    ///
    /// - Parameters:
    ///   - name: what `stoker.yaml` calls the image. Default: its first.
    ///   - folder: the project's, or one in it. Default: the current one.
    ///   - environment: where the engine, the caches and the user's own configuration are looked for.
    /// - Returns: The image's reference, such as `clud-test:latest`.
    public static func reference(
        of name: String? = nil, project folder: String = ".",
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) async throws -> String {
        let user = try UserSettings.load(environment: environment)
        let paths = try StokerPaths(environment: environment)
        let root = try ProjectLocator.find(from: absolute(folder))
        let settings = try ProjectSettings.load(root: root, user: user)
        // The configuration always has one.
        let image = try name.map(settings.image(named:)) ?? settings.images[0]
        let endpoint = try Endpoint.resolve(environment: environment, user: user.engine)
        return try await EngineClient.with(endpoint) { engine in
            var reference = image.tag
            for name in try ImageOrder(settings).withBases([image.name]) {
                let warmer = Warmer(
                    engine: engine, project: root, imageName: name, cache: paths.cache,
                    limits: user.snapshots,
                    client: user.client?.program, logger: Logger(label: "stoker"))
                let request = try WarmRequest(
                    project: root, image: name, user: user, via: .local, command: "a test")
                do {
                    reference = try await warmer.warm(request) { _ in }.image
                } catch let refusal as Warmer.BuildRefusal {
                    throw refusal.error
                }
            }
            // The last one is the one that was asked for.
            return reference
        }
    }

    /// A unique name for a container that `stoker reap` knows as the project's, as `stoker name` makes it.
    ///
    /// - Parameters:
    ///   - stem: what the container is for.
    ///   - folder: the project's, or one in it. Default: the current one.
    public static func containerName(
        _ stem: String, project folder: String = ".",
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> String {
        let user = try UserSettings.load(environment: environment)
        let settings = try ProjectSettings.load(
            root: try ProjectLocator.find(from: absolute(folder)), user: user)
        return try ContainerNamer.name(stem: stem, patterns: settings.reaping.patterns)
    }

    private static func absolute(_ folder: String) -> FilePath {
        FilePath(FileManager.default.currentDirectoryPath).pushing(FilePath(folder))
    }
}
