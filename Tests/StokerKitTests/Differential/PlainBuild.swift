import Foundation
import Glibc
import StokerCore
@testable import StokerKit
import SystemPackage
import TestSupport

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
        let copied = try Command(
            "cp", "-a", folder.appending("project").string, folder.appending("outside").string, copy.string)
        guard copied.status == 0 else { throw TestEngine.Failure(description: copied.errors) }
        var options = [
            "-H", TestEngine.address ?? "", "build", "--no-cache", "--force-rm", "--network", "none",
        ]
        options += ["--tag", tag, "--file", copy.pushing(FilePath(dockerfile)).string]
        if let target { options += ["--target", target] }
        for (name, value) in arguments { options += ["--build-arg", "\(name)=\(value)"] }
        if !isLegacy { options += ["--progress", "plain"] }
        let environment = ProcessInfo.processInfo.environment
            .merging(["DOCKER_BUILDKIT": isLegacy ? "0" : "1"]) { $1 }
        let build = try Command(
            [client] + options + [copy.appending("project").string], environment: environment)
        if build.status != 0 { return .refused(String((build.output + build.errors).suffix(600))) }
        return .image(try ImageContent.read(tag))
    }
}
