import NIOCore
import NIOHTTP1
import StokerCore

/// The engine's account of itself.
public struct EngineInfo: Sendable, Decodable, Equatable {
    /// Made once per data folder; podman has none and leaves it empty.
    public var id: String
    /// The engine's clock, RFC 3339.
    public var systemTime: String
    public var serverVersion: String?

    enum CodingKeys: String, CodingKey {
        case id = "ID"
        case systemTime = "SystemTime"
        case serverVersion = "ServerVersion"
    }
}

public struct EngineImage: Sendable, Decodable, Equatable {
    /// `sha256:…`.
    public var id: String
    public var tags: [String]?
    /// The container that it was made of, of a builder's step or by `docker commit`; engines from 26 on no longer tell.
    var container: String?
    /// What a container of it starts with; only an inspection tells.
    public var config: Config?
    /// What the engine itself remembers of it; only an inspection tells.
    var metadata: Metadata?
    /// Only an inspection tells.
    var rootFS: RootFS?

    struct RootFS: Sendable, Decodable, Equatable {
        /// The digests of the layers' contents, the lowest first.
        var layers: [String]?

        enum CodingKeys: String, CodingKey { case layers = "Layers" }
    }

    struct Metadata: Sendable, Decodable, Equatable {
        /// RFC 3339; year 1 for never.
        var lastTagTime: String?

        enum CodingKeys: String, CodingKey { case lastTagTime = "LastTagTime" }
    }

    public struct Config: Sendable, Decodable, Equatable {
        /// `NAME=value`.
        public var environment: [String]?
        /// The instructions that run in every Dockerfile that starts from it.
        public var onBuild: [String]?
        /// That of the container that was committed; a builder leaves it empty.
        var hostname: String?

        enum CodingKeys: String, CodingKey {
            case environment = "Env"
            case onBuild = "OnBuild"
            case hostname = "Hostname"
        }
    }

    enum CodingKeys: String, CodingKey {
        case id = "Id"
        case tags = "RepoTags"
        case container = "Container"
        case config = "Config"
        case metadata = "Metadata"
        case rootFS = "RootFS"
    }
}

extension EngineClient {
    public func info() async throws -> EngineInfo {
        try decode(EngineInfo.self, try await request(.GET, ["info"]), "say who it is")
    }

    /// `nil` when the engine has no such image.
    public func image(_ reference: String) async throws -> EngineImage? {
        let answer = try await imageQuestion([reference, "json"])
        if answer.status == 404 { return nil }
        return try decode(EngineImage.self, answer, "show the image \(reference)")
    }

    /// `nil` when it is not in the engine's image store, or is no reference that anything could be there by.
    func baseImage(_ reference: String) async throws -> EngineImage? {
        let answer = try await imageQuestion([reference, "json"])
        // A path with `..` in it is answered by a redirection to somewhere else.
        if (300..<400).contains(answer.status) || [400, 404].contains(answer.status) { return nil }
        return try decode(EngineImage.self, answer, "show the base image \(reference)")
    }

    /// The platform that is built for when nobody asks for another one: `linux/amd64`.
    func platform() async throws -> String {
        struct Version: Decodable {
            var system: String
            var architecture: String

            enum CodingKeys: String, CodingKey {
                case system = "Os"
                case architecture = "Arch"
            }
        }
        let version = try decode(Version.self, try await request(.GET, ["version"]), "say its version")
        return "\(version.system)/\(version.architecture)"
    }

    /// All references of `repository`, such as `stoker-build:3f9a01bc`.
    public func tags(ofRepository repository: String) async throws -> [String] {
        try await images(matching: repository).flatMap { $0.tags ?? [] }.filter {
            $0.hasPrefix(repository + ":")
        }
    }

    /// A question about images. With containerd's image store, and in podman, a whole list fails when one image, whosever,
    /// is removed while the engine reads it. The next look no longer has that image.
    func imageQuestion(_ path: [String], query: [(String, String)] = []) async throws -> Answer {
        for _ in 1..<EngineClient.looksAtImages {
            let answer = try await request(.GET, ["images"] + path, query: query)
            if answer.status < 400 { return answer }
            let words = answer.message
            let isSpoilt =
                words.contains("content digest sha256:") || words.contains("locating image with ID")
            if !isSpoilt { return answer }
        }
        return try await request(.GET, ["images"] + path, query: query)
    }

    /// Each further one is spoilt only by the removal of a further image.
    private static let looksAtImages = 20

    /// The images with a reference that matches: a repository, or a whole reference with `*` in it.
    func images(matching pattern: String) async throws -> [ListedImage] {
        let answer = try await imageQuestion(
            ["json"], query: [("filters", "{\"reference\":{\"\(pattern)\":true}}")])
        return try decode([ListedImage].self, answer, "list images")
    }

    /// Gives the image `id` the reference `repository:tag`, taking it from the image that had it.
    public func tag(_ id: String, as reference: String) async throws {
        if let refusal = try await tryToTag(id, as: reference) { throw refusal }
    }

    /// The same for an image that somebody else may remove at any time.
    ///
    /// - Returns: Whether it was still there.
    func tagIfThere(_ id: String, as reference: String) async throws -> Bool {
        guard let refusal = try await tryToTag(id, as: reference) else { return true }
        // An engine may say anything of what is no longer there: what it shows is what counts.
        if try await image(id) == nil { return false }
        throw refusal
    }

    private func tryToTag(_ id: String, as reference: String) async throws -> StokerError? {
        let (repository, tag) = EngineClient.split(reference)
        var answer: Answer
        var tries = 0
        repeat {
            answer = try await request(
                .POST, ["images", id, "tag"], query: [("repo", repository), ("tag", tag)])
            if answer.status == 201 { return nil }
            tries += 1
            // Containerd's image store takes the old name away and puts the new one, and somebody came in between.
        } while answer.message.contains("already exists") && tries < EngineClient.triesToTag
        return EngineFailure.refused("tag \(id) as \(reference)", answer)
    }

    private static let triesToTag = 10

    /// Takes the reference away, and the image with its last one. Its layers stay: they are the legacy
    /// builder's cache, and the build that comes next may want them.
    ///
    /// - Parameter timeout: default: the one for queries.
    func untag(_ reference: String, timeout: TimeAmount? = nil) async throws {
        let answer = try await request(
            .DELETE, ["images", reference], query: [("noprune", "true")], timeout: timeout)
        guard answer.status == 200 || answer.status == 404 else {
            throw EngineFailure.refused("remove the tag \(reference)", answer)
        }
    }

    /// `host:5000/a/b:tag` → `host:5000/a/b` and `tag`.
    static func split(_ reference: String) -> (repository: String, tag: String) {
        guard let colon = reference.lastIndex(of: ":"), !reference[colon...].contains("/") else {
            return (reference, "latest")
        }
        return (String(reference[..<colon]), String(reference[reference.index(after: colon)...]))
    }
}
