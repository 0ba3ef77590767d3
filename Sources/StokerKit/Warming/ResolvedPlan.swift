public import StokerCore
public import SystemPackage

/// An image's plan, made with what the engine knows of the images that it is built on.
public struct ResolvedPlan: Sendable {
    public let plan: InputPlan
    /// In the order of the Dockerfile.
    public let bases: [BaseImage]
    /// What was learned, for another plan of the same image.
    let known: KnownBases

    /// How often the ONBUILD instructions of images may name further images.
    private static let rounds = 16
    /// Words of a Dockerfile whose meaning depends on the engine's own platform.
    private static let platformWords =
        ["PLATFORM", "OS", "ARCH", "VARIANT"].flatMap { word in
            ["TARGET", "BUILD"].map { Array(($0 + word).utf8) }
        } + [Array("--platform".utf8)]

    /// `false` is certain.
    public static func mayNeedEnginePlatform(_ plan: InputPlan) -> Bool {
        if plan.image.platform != nil { return true }
        return plan.dockerfile.withUnsafeBufferPointer { text in
            platformWords.contains { word in
                text.indices.contains { text[$0] == word[0] && text[$0...].starts(with: word) }
            }
        }
    }

    /// Reads the Dockerfile, asks the engine about each base image, and reads again with the answers.
    ///
    /// - Throws: `StokerError` (`badInput`) for the Dockerfile and the ignore files, (`engineUnavailable`).
    public init(image: ImageSettings, ownFiles: [FilePath], engine: EngineClient) async throws {
        var known = KnownBases()
        var ids: [String: String?] = [:]
        var plan = try await BlockingWork.run { try InputPlan(image: image, ownFiles: ownFiles) }
        if ResolvedPlan.mayNeedEnginePlatform(plan) {
            known.enginePlatform = try await engine.platform()
            // Which images it builds on may depend on it.
            plan = try plan.knowing(known)
        }
        var round = 0
        while case let unasked = Set(plan.reading.bases.map(\.text)).subtracting(ids.keys), !unasked.isEmpty {
            round += 1
            guard round <= ResolvedPlan.rounds else {
                throw StokerError(
                    .badInput,
                    "the ONBUILD instructions of the base images of \(image.dockerfile) name further images, "
                        + "\(ResolvedPlan.rounds) times in a row",
                    nextStep: "build on an image without ONBUILD")
            }
            for (reference, base) in try await ResolvedPlan.inspect(unasked, on: engine) {
                ids.updateValue(base?.id, forKey: reference)
                known.facts[reference] =
                    base.map {
                        .present(onBuild: $0.config?.onBuild ?? [], environment: $0.config?.environment ?? [])
                    } ?? .unknown
            }
            plan = try plan.knowing(known)
        }
        self.plan = plan
        self.known = known
        bases = ResolvedPlan.bases(of: plan.reading, ids)
    }

    /// In order, each once.
    private static func bases(of reading: DockerfileReading, _ ids: [String: String?]) -> [BaseImage] {
        var bases: [BaseImage] = []
        for base in reading.bases where !bases.contains(where: { $0.reference == base.text }) {
            bases.append(BaseImage(reference: base.text, imageID: ids[base.text] ?? nil))
        }
        return bases
    }

    private static func inspect(
        _ references: Set<String>, on engine: EngineClient
    ) async throws -> [(String, EngineImage?)] {
        try await withThrowingTaskGroup { group in
            for reference in references {
                group.addTask { (reference, try await engine.baseImage(reference)) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }
}
