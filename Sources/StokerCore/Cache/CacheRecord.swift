/// What the cache file says of an image. The first four fields are shared with other programs; `stoker` is
/// Stoker's own proof, without which a record vouches for nothing.
public struct CacheRecord: Codable, Sendable, Equatable {
    /// 64 hex digits; the digest of the inputs.
    public var buildHash: String
    /// The 12 hex digits that `docker images -q` prints.
    public var imageID: String
    /// Seconds since 1970.
    public var buildTime: Double
    /// `clud-test:latest`.
    public var imageName: String
    public var stoker: Proof?

    enum CodingKeys: String, CodingKey {
        case buildHash = "build_hash"
        case imageID = "image_id"
        case buildTime = "build_time"
        case imageName = "image_name"
        case stoker
    }

    /// Which image was built from which inputs, and where.
    public struct Proof: Codable, Sendable, Equatable {
        /// Of this object's meaning. A record of another version is no proof.
        public var version: Int
        /// `sha256:…` over the inputs that the builder was given.
        public var digest: String
        /// The engine's full ID: `sha256:…`.
        public var imageID: String
        /// The ID that the engine gives itself (`/info`): an image on one engine is none on another.
        public var engineID: String
        /// How long the build took, seconds.
        public var seconds: Double
        /// Why it was built.
        public var reason: String

        public static let currentVersion = 1

        public init(digest: String, imageID: String, engineID: String, seconds: Double, reason: String) {
            version = Proof.currentVersion
            self.digest = digest
            self.imageID = imageID
            self.engineID = engineID
            self.seconds = seconds
            self.reason = reason
        }
    }

    /// - Parameter imageName: the reference that the image was given.
    public init(imageName: String, builtAt: Double, proof: Proof) {
        buildHash = String(proof.digest.drop { $0 != ":" }.dropFirst())
        imageID = String(proof.imageID.drop { $0 != ":" }.dropFirst().prefix(12))
        buildTime = builtAt
        self.imageName = imageName
        stoker = proof
    }

    /// The proof, if the record is about `tag` and whole.
    public func proof(for tag: String) -> Proof? {
        guard let stoker, stoker.version == Proof.currentVersion, imageName == tag else { return nil }
        return stoker
    }
}
