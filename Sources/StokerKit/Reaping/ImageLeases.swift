import NIOHTTP1
import StokerCore
import Synchronization

/// Which leases images carry. `docker commit` copies a container's labels into the image that it makes, and the
/// containers of that image are not the old owner's.
final class ImageLeases: Sendable {
    /// By the ID of the image, whose labels never change.
    private let known = Mutex<[String: String?]>([:])

    /// Whether a container has the label of its lease from its image; `nil` when that cannot be found out.
    func areInherited(by container: InspectedContainer, _ engine: any EngineRequests) async -> Bool? {
        guard let lease = container.config.labels?[LeaseLabels.leaseLabel] else { return false }
        guard let id = container.imageID else { return nil }
        if let known = known.withLock({ $0[id] }) { return known == lease }
        // The image may be gone, by force.
        guard let labels = try? await ImageLeases.labels(ofImage: id, engine) else { return nil }
        let inherited = labels[LeaseLabels.leaseLabel]
        known.withLock { $0[id] = .some(inherited) }
        return inherited == lease
    }

    private static func labels(
        ofImage id: String, _ engine: any EngineRequests
    ) async throws -> [String: String] {
        let answer = try await engine.request(.GET, ["images", id, "json"], query: [], timeout: nil)
        return try engine.decode(LabelledImage.self, answer, "show the image \(id)").config?.labels ?? [:]
    }
}

/// Of an image only its labels.
private struct LabelledImage: Decodable {
    struct Config: Decodable {
        var labels: [String: String]?

        enum CodingKeys: String, CodingKey { case labels = "Labels" }
    }
    var config: Config?

    enum CodingKeys: String, CodingKey { case config = "Config" }
}
