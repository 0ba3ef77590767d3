public import StokerCore

/// What happens on the way to a warm image, for those who wait.
public enum WarmEvent: Sendable, Codable, Equatable {
    /// Somebody else holds the lock; `nil` when the holder does not say who it is.
    case waiting(LockHolder?)
    /// With the digest of the inputs that are built.
    case building(image: String, reason: String, digest: String)
    /// A line of the builder's.
    case line(String)
    /// Something that a person should know.
    case warning(String)

    /// How many are kept for a slow reader; beyond that the oldest are dropped.
    public static let bufferLimit = 10_000
}

public typealias WarmObserver = @Sendable (WarmEvent) -> Void
