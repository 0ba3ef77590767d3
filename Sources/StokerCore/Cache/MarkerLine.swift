/// What a marker says: the holder's line as in a lock file, with what others need to prove the holder's death.
public struct MarkerLine: Sendable, Equatable {
    public var holder: LockHolder
    /// `nil` where the holder's system does not tell enough of it, and in what other programs write.
    public var process: ProcessIdentity?

    public init(holder: LockHolder, process: ProcessIdentity?) {
        self.holder = holder
        self.process = process
    }

    /// One object on one line.
    var bytes: [UInt8] { JSONLine.bytes(self) }

    /// `nil` for what says nothing that could be understood, such as nothing at all.
    init?(_ bytes: [UInt8]) {
        guard let line = JSONLine.value(MarkerLine.self, bytes) else { return nil }
        self = line
    }
}

extension MarkerLine: Codable {
    public func encode(to encoder: any Encoder) throws {
        try holder.encode(to: encoder)
        // They share the number, and nothing else.
        try process?.encode(to: encoder)
    }

    public init(from decoder: any Decoder) throws {
        holder = try LockHolder(from: decoder)
        process = try? ProcessIdentity(from: decoder)
    }
}
