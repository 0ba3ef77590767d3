/// What `stoker unlock` has found of one image's lock, and done about it.
public struct LockFinding: Sendable, Equatable, Encodable {
    public enum State: String, Sendable, Encodable {
        /// Nobody holds it.
        case free
        case held
        /// There was a marker, which has been removed.
        case removed
    }

    /// What the configuration calls the image.
    public var name: String
    /// Of the lock file or marker.
    public var path: String
    /// `flock` or `marker`.
    public var lockProtocol: LockProtocol
    public var state: State
    /// Who holds it, or held what was removed, by its own word; `null` when it does not say.
    public var holder: LockHolder?
    /// The same for people: `is not locked`.
    public var words: String

    enum CodingKeys: String, CodingKey {
        case name, path, state, holder, words
        case lockProtocol = "protocol"
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(path, forKey: .path)
        try container.encode(lockProtocol.rawValue, forKey: .lockProtocol)
        try container.encode(state, forKey: .state)
        // Written even when nil: a script can rely on the key.
        try container.encode(holder, forKey: .holder)
        try container.encode(words, forKey: .words)
    }
}
