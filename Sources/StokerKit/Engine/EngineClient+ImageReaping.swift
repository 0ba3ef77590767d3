import NIOCore
import NIOHTTP1
import StokerCore

/// One step of an image's history as the engine tells it.
private struct HistoryStep: Decodable {
    /// Seconds since 1970.
    var created: Int64?
    var words: String?
    /// Bytes.
    var size: Int64?

    enum CodingKeys: String, CodingKey {
        case created = "Created"
        case words = "CreatedBy"
        case size = "Size"
    }
}

extension EngineClient {
    /// How an attempt to take a reference away ended.
    enum ReferenceRemoval: Sendable, Equatable {
        case removed
        case gone
        /// A container uses the image, or another image is built on it.
        case inUse(String)
        case refused(String)
    }

    /// All images that have names or nothing built on them, with all of their references.
    ///
    /// - Parameter withSteps: also those that others are built on and that have no names.
    func images(withSteps: Bool = false) async throws -> [ListedImage] {
        let answer = try await imageQuestion(["json"], query: withSteps ? [("all", "true")] : [])
        return try decode([ListedImage].self, answer, "list images")
    }

    /// The layers of an image; `nil` when the engine does not tell.
    ///
    /// - Parameter digests: of their contents, as the image's inspection tells them.
    func layers(of imageID: String, digests: [String]) async throws -> [ImageLayer]? {
        let answer = try await request(.GET, ["images", imageID, "history"])
        guard answer.status == 200 else { return nil }
        let steps = try decode([HistoryStep].self, answer, "tell the history of \(imageID)")
        return ImageLayer.layers(
            of: steps.reversed().map {
                ImageLayer.Step(created: $0.created ?? 0, words: $0.words ?? "", bytes: $0.size ?? 0)
            }, digests: digests)
    }

    /// Takes the reference away, and with its last one the image, with those layers of a builder below it that have no
    /// names and that nothing else is built on. Never by force: an engine refuses what is in use.
    ///
    /// - Parameter alone: leave those layers.
    func removeReference(_ reference: String, alone: Bool = false) async throws -> ReferenceRemoval {
        let answer = try await request(
            .DELETE, ["images", reference], query: [("noprune", "\(alone)")],
            timeout: EngineClient.removalPatience)
        switch answer.status {
        case 200: return .removed
        case 404: return .gone
        case 409: return .inUse(answer.message)
        // Podman's word for it.
        case 500 where answer.message.contains("in use by"): return .inUse(answer.message)
        default: return .refused(answer.message)
        }
    }
}
