import Foundation
import Glibc
import StokerCore
@testable import StokerKit
import SystemPackage
import TestSupport

/// A build as a person would do it, without any of Stoker's code: the client, on a copy of the live tree.
///
/// It must be of today's files, whatever BuildKit has seen before. BuildKit keeps what it was sent, and has only
/// those files sent again whose size, time or mode has changed; it keeps it under the name of the folder: buildx
/// gives it the last component of the path, the client of engine 20.10 the whole path. So the context and each
/// additional one are copied to folders whose last components no builder has ever seen, and everything is sent. The
/// Dockerfile is sent under the context's name. And no layer comes from a cache, unless that is asked for.
struct PlainBuild {
    var client: String
    var isLegacy: Bool
    /// Holds `ctx`, `outside` and `named`.
    var folder: FilePath
    /// Relative to `folder`.
    var dockerfile: String
    var target: String?
    var arguments: [String: String]
    var platform: String?
    /// The names of the additional contexts: `named/<name>`.
    var contexts: [String]
    var usesCache = false

    enum Outcome {
        case image(ImageContent)
        case refused(String)

        var content: ImageContent? { if case .image(let content) = self { content } else { nil } }
    }

    func run(as tag: String, probe: ContainerAttributes?) throws -> Outcome {
        let copy = folder.appending(TestEngine.unique("copy-"))
        precondition(mkdir(copy.string, 0o755) == 0)
        defer { FileTree.remove(copy) }
        let context = copy.appending(TestEngine.unique("ctx-"))
        try copyTree("ctx", to: context)
        try copyTree("outside", to: copy.appending("outside"))
        var options = [
            "-H", TestEngine.address ?? "", "build", "--force-rm", "--network", "none", "--tag", tag,
        ]
        if !usesCache { options.append("--no-cache") }
        let isInside = dockerfile.hasPrefix("ctx/")
        let place =
            isInside
            ? context.pushing(FilePath(String(dockerfile.dropFirst(4)))) : copy.pushing(FilePath(dockerfile))
        options += ["--file", place.string]
        if let target { options += ["--target", target] }
        if let platform { options += ["--platform", platform] }
        for (name, value) in arguments { options += ["--build-arg", "\(name)=\(value)"] }
        for name in contexts {
            let other = copy.appending(TestEngine.unique("\(name)-"))
            try copyTree("named/\(name)", to: other)
            options += ["--build-context", "\(name)=\(other)"]
        }
        if !isLegacy { options += ["--progress", "plain"] }
        let environment = ProcessInfo.processInfo.environment.merging([
            "DOCKER_BUILDKIT": isLegacy ? "0" : "1", "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",
        ]) { $1 }
        var build = try Command([client] + options + [context.string], environment: environment)
        var attempts = 1
        while build.status != 0, attempts < 5, PlainBuild.tellsLostLayer(build) {
            build = try Command([client] + options + [context.string], environment: environment)
            attempts += 1
        }
        if build.status != 0 { return .refused(String((build.output + build.errors).suffix(600))) }
        return .image(try ImageContent.read(tag, probe: probe))
    }

    /// Whether containerd's image store has lost a layer to the removal of another image. That says nothing about the
    /// inputs; a person would run the command again.
    private static func tellsLostLayer(_ build: Command) -> Bool {
        (build.output + build.errors).split(separator: "\n").contains {
            $0.hasPrefix("ERROR: failed to solve: ") && $0.hasSuffix("does not exist: not found")
        }
    }

    private func copyTree(_ name: String, to place: FilePath) throws {
        let copied = try Command("cp", "-a", folder.pushing(FilePath(name)).string, place.string)
        guard copied.status == 0 else { throw TestEngine.Failure(description: copied.errors) }
    }
}
