/// What the cache file says of an image. The first four fields are shared with other programs; `stoker` is
/// Stoker's own proof, without which a record vouches for nothing.
public struct CacheRecord: Codable, Sendable, Equatable {
    /// 64 hex digits; the digest of the inputs, or of what the image's `build-hash` says.
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
        /// What it was built on: a tag that names another image now means another image.
        public var bases: [BaseImage]
        /// Inputs that changed while it was built: `src/version.txt`. At most `pathLimit`.
        public private(set) var changedMeanwhile: [String]
        /// How long the build took, seconds.
        public var seconds: Double
        /// Why it was built.
        public var reason: String
        /// How long the last builds took, seconds, the latest last; at most `recentLimit`. For those who wait for the
        /// next one.
        public var recentSeconds: [Double]?

        public static let currentVersion = 3
        /// A checkout in mid-build changes thousands; nobody reads them.
        static let pathLimit = 100
        static let recentLimit = 5

        public init(
            digest: String, imageID: String, engineID: String, bases: [BaseImage], seconds: Double,
            reason: String
        ) {
            version = Proof.currentVersion
            self.digest = digest
            self.imageID = imageID
            self.engineID = engineID
            self.bases = bases
            changedMeanwhile = []
            self.seconds = seconds
            self.reason = reason
        }

        /// Takes down which inputs changed while it was built.
        public mutating func note(changedMeanwhile paths: [String]) {
            changedMeanwhile = Array(paths.prefix(Proof.pathLimit))
        }

        /// Adds the times of the builds before this one.
        public mutating func note(recent: [Double]?, isBuild: Bool) {
            let all = (recent ?? []) + (isBuild ? [seconds] : [])
            recentSeconds = all.isEmpty ? nil : all.suffix(Proof.recentLimit)
        }
    }

    /// A proof of another version is none: its fields may be others.
    public init(from decoder: any Decoder) throws {
        struct Versioned: Decodable { var version: Int }
        let container = try decoder.container(keyedBy: CodingKeys.self)
        buildHash = try container.decode(String.self, forKey: .buildHash)
        imageID = try container.decode(String.self, forKey: .imageID)
        buildTime = try container.decode(Double.self, forKey: .buildTime)
        imageName = try container.decode(String.self, forKey: .imageName)
        let version = try container.decodeIfPresent(Versioned.self, forKey: .stoker)?.version
        stoker = version == Proof.currentVersion ? try container.decode(Proof.self, forKey: .stoker) : nil
    }

    /// - Parameters:
    ///   - imageName: the reference that the image was given.
    ///   - buildHash: as other programs compute it. Default: the digest of the inputs.
    public init(imageName: String, builtAt: Double, proof: Proof, buildHash: ContentDigest? = nil) {
        self.buildHash = buildHash?.hex ?? String(proof.digest.drop { $0 != ":" }.dropFirst())
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
