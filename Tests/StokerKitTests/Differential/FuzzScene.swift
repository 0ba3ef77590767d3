import Foundation
import Glibc
import Logging
import StokerCore
@testable import StokerKit
import SystemPackage

/// One random project, and both ways to build it.
final class FuzzScene {
    let project = TestProject()
    let engine: EngineClient
    let client: BuilderClient
    let bases: FuzzBases
    let tag: String
    private let plainTag: String
    /// The references that the Dockerfile builds on; each names one of the variants.
    private let baseTags: [String]
    var tree: FuzzTree
    var dockerfile: FuzzDockerfile
    private(set) var ignoreFile: (path: String, bytes: [UInt8])?
    private var index = StatIndex()
    private var lastWarmer: Warmer?
    let started = Int(time(nil))

    var isLegacy: Bool { client.kind == .legacy }

    init(
        _ client: BuilderClient, _ bases: FuzzBases, engine: EngineClient, _ random: inout FuzzRandom
    ) async throws {
        (self.client, self.bases, self.engine) = (client, bases, engine)
        tag = TestEngine.unique("stoker-fuzz:")
        plainTag = tag + "-plain"
        baseTags = [tag + "-base1", tag + "-base2"]
        mkdir(project.folder.appending("outside").string, 0o755)
        tree = FuzzTree(root: project.root, salt: UInt64.random(in: .min ... .max))
        tree.fill(&random, hasFIFOs: client.kind != .legacy)
        let surroundings = FuzzDockerfile.Surroundings(
            bases: baseTags, hasMounts: client.kind != .legacy, label: bases.label)
        dockerfile = FuzzDockerfile(tree, surroundings, &random)
        project.write("../outside/secret", "outside")
        if dockerfile.place == .folder { mkdir(project.path("df").string, 0o755) }
        writeDockerfile()
        if random.chance(1, in: 2) { writeIgnoreFile(&random) }
        for reference in baseTags { try await retag(reference, &random) }
    }

    var dockerfilePath: String {
        switch dockerfile.place {
        case .root: "project/Dockerfile"
        case .folder: "project/df/my.Dockerfile"
        case .outside: "outside/Dockerfile"
        }
    }

    var image: ImageSettings {
        ImageSettings(
            name: "default", tag: tag, dockerfile: project.folder.pushing(FilePath(dockerfilePath)),
            context: project.root, target: dockerfile.target, arguments: dockerfile.arguments,
            network: "none", record: project.folder.appending("record.json"),
            lock: project.folder.appending("lock"))
    }

    // MARK: Edits

    func writeDockerfile() {
        project.write("../" + dockerfilePath, bytes: dockerfile.bytes)
    }

    func writeIgnoreFile(_ random: inout FuzzRandom) {
        // The legacy builder's client knows the one in the context alone.
        let isBeside = !isLegacy && random.chance(1, in: 5)
        let path = ignoreFile?.path ?? (isBeside ? dockerfilePath + ".dockerignore" : "project/.dockerignore")
        let bytes = FuzzIgnoreFile.bytes(tree, &random)
        project.write("../" + path, bytes: bytes)
        ignoreFile = (path, bytes)
    }

    private func retag(_ reference: String, _ random: inout FuzzRandom) async throws {
        guard let variant = random.pick(bases.variants), let image = try await engine.image(variant) else {
            return
        }
        try await engine.tag(image.id, as: reference)
    }

    func apply(_ edit: FuzzEdit, _ random: inout FuzzRandom) async throws -> Bool {
        switch edit {
        case .ignoreFile:
            writeIgnoreFile(&random)
            return true
        case .dockerfile:
            guard dockerfile.edit(tree, &random) else { return false }
            writeDockerfile()
            return true
        case .retag:
            try await retag(random.pick(baseTags) ?? baseTags[0], &random)
            return true
        default:
            return tree.apply(edit, &random)
        }
    }

    // MARK: Looking

    struct Vouched: Equatable {
        var digest: ContentDigest
        var bases: [BaseImage]
    }

    /// What a record would be compared with.
    func look() async throws -> Vouched {
        let resolved = try await ResolvedPlan(image: image, ownFiles: [], engine: engine)
        var (known, empty) = (index, StatIndex())
        let inputs = try InputScanner.scan(resolved.plan, index: &known)
        let afresh = try InputScanner.scan(resolved.plan, index: &empty)
        index = known
        guard inputs.digest == afresh.digest else {
            throw TestEngine.Failure(description: "the stat index gives another digest than the files")
        }
        return Vouched(digest: inputs.digest, bases: resolved.bases)
    }

    func plainBuild() async throws -> PlainBuild.Outcome {
        let build = PlainBuild(
            client: client.program, isLegacy: isLegacy, folder: project.folder, dockerfile: dockerfilePath,
            target: dockerfile.target, arguments: dockerfile.arguments)
        return try await BlockingWork.run { [plainTag] in try build.run(as: plainTag) }
    }

    /// Another process would have another warmer: nothing is remembered in memory.
    func warm(isNewProcess: Bool) async throws -> (digest: String, content: ImageContent) {
        let warmer =
            isNewProcess ? nil : lastWarmer
        let used =
            warmer
            ?? Warmer(
                engine: engine, project: project.folder, imageName: "default", cache: project.cache,
                client: client.program, logger: Logger(label: "test"))
        lastWarmer = used
        let request = WarmRequest(image: image, ownFiles: [], via: .local, command: "test")
        let result = try await used.warm(request) { _ in }
        return (result.digest, try ImageContent.read(tag))
    }

    /// Everything that it takes to see what was built.
    var story: String {
        var text =
            "Dockerfile (\(dockerfilePath), target \(dockerfile.target ?? "none"), \(dockerfile.arguments)):\n"
        text += String(decoding: dockerfile.bytes, as: UTF8.self)
        if let ignoreFile {
            text += "\(ignoreFile.path): " + BytePath(bytes: ignoreFile.bytes).description + "\n"
        }
        for entry in tree.entries {
            let target = entry.linkTarget.map { " -> " + BytePath(bytes: $0).description } ?? ""
            text += "  \(String(entry.status.mode, radix: 8)) \(entry.path)\(target)"
            text +=
                entry.status.links > 1 && entry.status.kind == .file ? " inode \(entry.status.inode)\n" : "\n"
        }
        return text
    }
}
