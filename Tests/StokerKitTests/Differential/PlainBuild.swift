import Foundation
import Glibc
import StokerCore
@testable import StokerKit
import SystemPackage

/// A build as a person would do it, without any of Stoker's code: the client, on a copy of the live tree.
///
/// The copy is fresh and has a name that the builder has never seen, or BuildKit would look at sizes and times
/// alone and miss changes. Nothing comes from a cache.
struct PlainBuild {
    var client: String
    var isLegacy: Bool
    /// Holds `project` and `outside`.
    var folder: FilePath
    /// Relative to `folder`.
    var dockerfile: String
    var target: String?
    var arguments: [String: String]

    enum Outcome {
        case image(ImageContent)
        case refused(String)

        var content: ImageContent? { if case .image(let content) = self { content } else { nil } }
    }

    func run(as tag: String) throws -> Outcome {
        let copy = folder.appending(TestEngine.unique("copy-"))
        precondition(mkdir(copy.string, 0o755) == 0)
        defer { FileTree.remove(copy) }
        let (copied, words) = try PlainBuild.run(
            "/bin/cp",
            ["-a", folder.appending("project").string, folder.appending("outside").string, copy.string])
        guard copied else { throw TestEngine.Failure(description: words) }
        var options = [
            "-H", TestEngine.address ?? "", "build", "--no-cache", "--force-rm", "--network", "none",
        ]
        options += ["--tag", tag, "--file", copy.pushing(FilePath(dockerfile)).string]
        if let target { options += ["--target", target] }
        for (name, value) in arguments { options += ["--build-arg", "\(name)=\(value)"] }
        if !isLegacy { options += ["--progress", "plain"] }
        let (succeeded, output) = try PlainBuild.run(
            client, options + [copy.appending("project").string], builder: isLegacy ? "0" : "1")
        if !succeeded { return .refused(String(output.suffix(600))) }
        return .image(try ImageContent.read(tag))
    }

    private static func run(
        _ program: String, _ arguments: [String], builder: String = "0"
    ) throws -> (succeeded: Bool, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["DOCKER_BUILDKIT": builder]) { $1 }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus == 0, String(decoding: text, as: UTF8.self))
    }
}
