import Foundation
import Glibc
import StokerCore
@testable import StokerKit
import SystemPackage

/// Some random images of one or two projects, as one person on one machine has them: with one cache of Stoker's, one
/// client and one engine.
///
///     cache/              Stoker's
///     p1/i1/ctx           the build context of the image i1 of the project p1
///           named/lib     an additional one
///           outside/…     what is no part of any context, and the Dockerfile if it lies there
///     p2/i1/ctx           …
///
/// All contexts have the same names, and often the same files with the same sizes and times but other bytes: whoever
/// files them under their names, as buildx does, must not take one for another.
final class FuzzWorld {
    let folder: FilePath
    let cache: FilePath
    let engine: EngineClient
    let client: BuilderClient
    let bases: FuzzBases
    /// The references that the Dockerfiles build on; each names one of the variants.
    let baseTags: [String]
    private(set) var scenes: [FuzzScene] = []
    /// All images that the round makes are known by it.
    let label = "\(FuzzBases.roundLabel)=" + TestEngine.unique("")
    private let home = TestProject()

    var isLegacy: Bool { client.kind == .legacy }

    init(
        _ client: BuilderClient, _ bases: FuzzBases, engine: EngineClient, _ random: inout FuzzRandom
    ) async throws {
        (self.client, self.bases, self.engine) = (client, bases, engine)
        (folder, cache) = (home.folder, home.cache)
        let tag = TestEngine.unique("stoker-fuzz:")
        baseTags = [tag + "-base1", tag + "-base2"]
        for reference in baseTags { try await retag(reference, &random) }
        let hasAttributes =
            FuzzFeature.attributes.isWanted && ContainerAttributes.areReadable && random.chance(1, in: 6)
        let isUniform = random.chance(1, in: 3)
        for number in 0..<random.one(of: 1, 1, 2, 2, 3) {
            // The second is another image of the first project, or the same one of another.
            let (project, image) =
                number == 1 && random.chance(1, in: 2) ? ("p1", "i2") : ("p\(number + 1)", "i1")
            let place = FuzzScene.Place(
                project: folder.appending(project), image: image, tag: "\(tag)-\(project)\(image)")
            let twin = random.chance(2, in: 3) ? scenes.first : nil
            scenes.append(
                try FuzzScene(
                    in: self, place, like: twin, isUniform: isUniform, hasAttributes: hasAttributes, &random))
        }
    }

    /// Lets a base image's reference name a variant, maybe another one.
    func retag(_ reference: String, _ random: inout FuzzRandom) async throws {
        guard let variant = random.pick(bases.variants), let image = try await engine.image(variant) else {
            return
        }
        try await engine.tag(image.id, as: reference)
    }

    /// What Stoker keeps on disk is gone: all of it, what it knows of the files, or its copies of them.
    func loseCache(_ random: inout FuzzRandom) {
        let name = random.one(of: "", "index", "snapshots")
        let lost = name.isEmpty ? cache : cache.appending(name)
        FileTree.remove(lost)
        if name.isEmpty { mkdir(cache.string, 0o755) }
    }

    /// What the images of this world have in common, for the tally.
    var features: Set<String> {
        var features: Set<String> = []
        if scenes.contains(where: { $0.isTwin }) {
            features.insert("images with files of the same size and time")
        }
        if Set(scenes.map(\.place.project)).count > 1 { features.insert("several projects") }
        if Set(scenes.map(\.place.project)).count < scenes.count {
            features.insert("several images of a project")
        }
        return features
    }
}
