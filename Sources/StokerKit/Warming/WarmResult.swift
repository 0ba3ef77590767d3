public import StokerCore

/// How `warm` came to its image.
public enum WarmOutcome: String, Codable, Sendable {
    /// The image was there.
    case hit
    /// It was built for this question.
    case built
    /// Somebody else built it while we waited.
    case waited
    /// An earlier image of the same inputs was there and has been given its tag again.
    case restored
}

/// Who answered.
public enum WarmRoute: String, Codable, Sendable {
    case agent
    case local
}

/// A wait for somebody else's build.
public struct WarmWait: Codable, Sendable, Equatable {
    public var seconds: Double
    /// Who held the lock, as it last said itself; `null` for a program that says nothing.
    public var holder: LockHolder?
}

/// The answer of `warm`, as `--json` prints it.
public struct WarmResult: Codable, Sendable, Equatable {
    /// What the configuration calls the image.
    public var name: String
    /// The reference: `clud-test:latest`.
    public var image: String
    /// `sha256:…`.
    public var imageID: String
    /// `sha256:…` over the inputs.
    public var digest: String
    public var outcome: WarmOutcome
    public var via: WarmRoute
    /// From the question to the answer.
    public var seconds: Double
    /// Why it was not simply there; `null` for a hit.
    public var reason: String?
    /// What a person should know although the image is right.
    public var warnings: [String]
    /// For the build lock; `null` when it was free, or nothing had to be built.
    public var wait: WarmWait?

    public init(
        name: String, image: String, imageID: String, digest: String, outcome: WarmOutcome,
        via: WarmRoute, seconds: Double, reason: String?, warnings: [String], wait: WarmWait? = nil
    ) {
        self.name = name
        self.image = image
        self.imageID = imageID
        self.digest = digest
        self.outcome = outcome
        self.via = via
        self.seconds = seconds
        self.reason = reason
        self.warnings = warnings
        self.wait = wait
    }

    enum CodingKeys: String, CodingKey {
        case name, image, imageID, digest, outcome, via, seconds, reason, wait, warnings
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(image, forKey: .image)
        try container.encode(imageID, forKey: .imageID)
        try container.encode(digest, forKey: .digest)
        try container.encode(outcome, forKey: .outcome)
        try container.encode(via, forKey: .via)
        try container.encode(seconds, forKey: .seconds)
        // Written even when nil: a script can rely on the keys.
        try container.encode(reason, forKey: .reason)
        try container.encode(wait, forKey: .wait)
        try container.encode(warnings, forKey: .warnings)
    }
}
