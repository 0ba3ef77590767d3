import Foundation
import Glibc
import Logging
import StokerCore
@testable import StokerKit
import SystemPackage
import TestSupport

/// One random image, and both ways to build it.
///
/// Used by one task at a time.
final class FuzzScene: @unchecked Sendable {
    struct Place {
        var project: FilePath
        var image: String
        var tag: String
    }

    let world: FuzzWorld
    let place: Place
    /// Whether its files are those of another image, with other bytes of the same size and time.
    let isTwin: Bool
    let started = Int(time(nil))
    private(set) var tree: FuzzTree
    /// The additional build contexts, by name.
    private(set) var named: [String: FuzzTree] = [:]
    private(set) var dockerfile: FuzzDockerfile
    private(set) var ignoreFile: (path: String, bytes: [UInt8])?
    let hasAttributes: Bool
    private(set) var hasSockets = false
    private var index = StatIndex()
    private var lastWarmer: Warmer?
    private var first: (dockerfile: FuzzDockerfile, ignoreFile: (path: String, bytes: [UInt8])?)?

    private var home: FilePath { place.project.appending(place.image) }
    private var files: FuzzTree { FuzzTree(root: home, salt: 0, isUniform: tree.isUniform) }
    var isLegacy: Bool { world.isLegacy }

    init(
        in world: FuzzWorld, _ place: Place, like twin: FuzzScene?, isUniform: Bool, hasAttributes: Bool,
        _ random: inout FuzzRandom
    ) throws {
        (self.world, self.place, self.hasAttributes) = (world, place, hasAttributes)
        isTwin = twin != nil
        let home = place.project.appending(place.image)
        for folder in [place.project, home, home.appending("named"), home.appending("outside")] {
            mkdir(folder.string, 0o755)
        }
        let root = home.appending("ctx")
        func make(_ root: FilePath, _ random: inout FuzzRandom) -> FuzzTree {
            mkdir(root.string, 0o755)
            var tree = FuzzTree(root: root, isUniform: isUniform)
            tree.fill(
                &random,
                FuzzTree.Kinds(
                    hasFIFOs: !world.isLegacy, hasSockets: FuzzFeature.sockets.isWanted,
                    hasAttributes: hasAttributes))
            return tree
        }
        if let twin {
            tree = try twin.tree.twin(at: root, &random)
            for (name, other) in twin.named.sorted(by: { $0.key < $1.key }) {
                named[name] = try other.twin(at: home.appending("named").appending(name), &random)
            }
        } else {
            tree = make(root, &random)
            if world.client.kind == .buildx, random.chance(1, in: 3) {
                for name in random.one(of: ["lib"], ["lib", "shared"]) {
                    named[name] = make(home.appending("named").appending(name), &random)
                }
            }
        }
        hasSockets = try Command("find", home.string, "-type", "s").output != ""
        let surroundings = FuzzDockerfile.Surroundings(
            bases: world.baseTags, hasMounts: !world.isLegacy,
            hasHereDocuments: world.client.kind == .buildx, contexts: named,
            label: "\(world.bases.label) \(world.label)")
        dockerfile = FuzzDockerfile(tree, surroundings, &random)
        if let twin, random.chance(1, in: 2) { dockerfile = twin.dockerfile.reading(named) }
        files.write(Array("outside/secret".utf8), Array("outside".utf8), mode: 0o644)
        if dockerfile.place == .folder { mkdir(root.appending("df").string, 0o755) }
        writeDockerfile()
        if twin == nil, random.chance(1, in: 2) { rewriteIgnoreFile(&random) }
        findIgnoreFile()
        if let other = random.pick(named.keys.sorted()), twin == nil, let tree = named[other],
            random.chance(1, in: 3)
        {
            write("named/\(other)/.dockerignore", FuzzIgnoreFile.bytes(tree, &random), time: .now)
        }
        first = (dockerfile, ignoreFile)
        _ = try Command("cp", "-a", root.string, home.appending("first").string)
    }

    private var dockerfilePath: String {
        switch dockerfile.place {
        case .root: "ctx/Dockerfile"
        case .folder: "ctx/df/my.Dockerfile"
        case .outside: "outside/Dockerfile"
        }
    }

    var image: ImageSettings {
        ImageSettings(
            name: place.image, tag: place.tag, dockerfile: home.pushing(FilePath(dockerfilePath)),
            context: tree.root, target: dockerfile.target, arguments: dockerfile.arguments,
            platform: dockerfile.platform, network: "none",
            buildContexts: named.mapValues { .directory($0.root) },
            record: home.appending("record.json"), lock: home.appending("lock"))
    }

    // MARK: Edits

    private enum Time {
        case now, kept
    }

    private func write(_ path: String, _ bytes: [UInt8], time: Time) {
        let path = Array(path.utf8)
        let before = files.status(path)?.modified
        files.write(path, bytes, mode: 0o644)
        switch time {
        case .now: if tree.isUniform { files.setTime(path, FuzzTree.commonTime) }
        case .kept: if let before { files.setTime(path, before) }
        }
    }

    private func writeDockerfile(time: Time = .now) { write(dockerfilePath, dockerfile.bytes, time: time) }

    private func rewriteIgnoreFile(_ random: inout FuzzRandom) {
        // The legacy builder's client knows the one in the context alone.
        let isBeside = !isLegacy && random.chance(1, in: 5)
        setIgnoreFile(
            ignoreFile?.path ?? (isBeside ? dockerfilePath + ".dockerignore" : "ctx/.dockerignore"),
            FuzzIgnoreFile.bytes(tree, &random))
    }

    private func setIgnoreFile(_ path: String, _ bytes: [UInt8], time: Time = .now) {
        write(path, bytes, time: time)
        findIgnoreFile()
    }

    private func removeIgnoreFile(_ path: String) {
        files.remove(Array(path.utf8))
        findIgnoreFile()
    }

    /// The one beside the Dockerfile wins over the one in the context.
    private func findIgnoreFile() {
        let places = (isLegacy ? [] : [dockerfilePath + ".dockerignore"]) + ["ctx/.dockerignore"]
        let place = places.first { files.status(Array($0.utf8)) != nil }
        ignoreFile = place.map { ($0, files.content(Array($0.utf8))) }
    }

    /// - Returns: Whether there was something to change.
    func apply(_ edit: FuzzEdit, _ random: inout FuzzRandom) async throws -> Bool {
        switch edit {
        case .ignoreFile: rewriteIgnoreFile(&random)
        case .ignoreLine, .ignoreOrder:
            let keepsSize = edit == .ignoreOrder
            guard let (path, bytes) = ignoreFile,
                let edited = FuzzIgnoreFile.edited(bytes, keepingSize: keepsSize, tree, &random)
            else { return false }
            setIgnoreFile(path, edited, time: keepsSize ? .kept : .now)
        case .ignoreEmptied:
            guard let (path, bytes) = ignoreFile, !bytes.isEmpty else { return false }
            setIgnoreFile(path, [])
        case .ignoreDeleted:
            guard let ignoreFile else { return false }
            removeIgnoreFile(ignoreFile.path)
        case .ignoreBeside: return changeIgnoreFileBeside(&random)
        case .dockerfile:
            guard dockerfile.edit(tree, &random) else { return false }
            writeDockerfile()
        case .dockerfileSameSizeAndTime:
            dockerfile.changeVersion(&random)
            writeDockerfile(time: .kept)
        case .argument: return dockerfile.changeArgument(tree, &random)
        case .platform: return dockerfile.changePlatform()
        case .retag: try await world.retag(random.pick(world.baseTags) ?? world.baseTags[0], &random)
        case .undo: try goBack()
        case .attribute where !hasAttributes: return false
        default:
            if edit == .lostCache {
                world.loseCache(&random)
                if random.chance(1, in: 2) { lastWarmer = nil }
            }
            if random.chance(1, in: 3), let name = random.pick(named.keys.sorted()) {
                return named[name]?.apply(edit, &random) ?? false
            }
            return tree.apply(edit, &random)
        }
        return true
    }

    private func changeIgnoreFileBeside(_ random: inout FuzzRandom) -> Bool {
        if isLegacy { return false }
        let path = dockerfilePath + ".dockerignore"
        if files.status(Array(path.utf8)) != nil {
            removeIgnoreFile(path)
        } else {
            setIgnoreFile(path, FuzzIgnoreFile.bytes(tree, &random))
        }
        return true
    }

    /// The first state again, as a switch of branches and back makes it.
    private func goBack() throws {
        guard let first else { return }
        if dockerfile.place == .outside { files.remove(Array("outside/Dockerfile".utf8)) }
        FileTree.remove(home.appending("outside/Dockerfile.dockerignore"))
        FileTree.remove(tree.root)
        let copied = try Command("cp", "-a", home.appending("first").string, tree.root.string)
        guard copied.status == 0 else { throw TestEngine.Failure(description: copied.errors) }
        dockerfile = first.dockerfile
        if dockerfile.place == .outside { writeDockerfile() }
        if let ignoreFile = first.ignoreFile, ignoreFile.path.hasPrefix("outside") {
            write(ignoreFile.path, ignoreFile.bytes, time: .now)
        }
        findIgnoreFile()
    }

    // MARK: Looking

    struct Vouched: Equatable {
        var digest: ContentDigest
        var bases: [BaseImage]
    }

    /// What a record would be compared with.
    func look() async throws -> Vouched {
        let resolved = try await ResolvedPlan(image: image, ownFiles: [], engine: world.engine)
        var (known, empty) = (index, StatIndex())
        let inputs = try InputScanner.scan(resolved.plan, index: &known)
        let afresh = try InputScanner.scan(resolved.plan, index: &empty)
        index = known
        guard inputs.digest == afresh.digest else {
            throw TestEngine.Failure(description: "the stat index gives another digest than the files")
        }
        return Vouched(digest: inputs.digest, bases: resolved.bases)
    }

    private var probe: ContainerAttributes? { hasAttributes ? world.bases.probe : nil }

    func plainBuild(usesCache: Bool = false) async throws -> PlainBuild.Outcome {
        let build = PlainBuild(
            client: world.client.program, isLegacy: isLegacy, folder: home, dockerfile: dockerfilePath,
            target: dockerfile.target, arguments: dockerfile.arguments, platform: dockerfile.platform,
            contexts: named.keys.sorted(), usesCache: usesCache)
        return try await BlockingWork.run { [place, probe] in
            try build.run(as: place.tag + "-plain", probe: probe)
        }
    }

    /// Another process would have another warmer: nothing is remembered in memory.
    func warm(isNewProcess: Bool) async throws -> (digest: String, content: ImageContent) {
        let warmer = isNewProcess ? nil : lastWarmer
        let used =
            warmer
            ?? Warmer(
                engine: world.engine, project: place.project, imageName: place.image, cache: world.cache,
                client: world.client.program, logger: Logger(label: "test"))
        lastWarmer = used
        let request = WarmRequest(image: image, ownFiles: [], via: .local, command: "test")
        let result = try await used.warm(request) { _ in }
        let content = try await BlockingWork.run { [place, probe] in
            try ImageContent.read(place.tag, probe: probe)
        }
        return (result.digest, content)
    }
}
