/// What can be proved of a lease.
public enum LeaseFate: Sendable, Equatable {
    /// Its owner lives, or its command does.
    case alive
    /// Both have provably died; how, in words: `its process has ended`.
    case dead(String)
    /// Nothing is proved; why not, in words.
    case unknown(String)
    /// It is another user's of this machine, whose number this is: theirs to look after.
    case foreign(UInt32)
    /// The lease is dead, and what carries its labels was not created under it; how that shows, in words.
    case notOwned(String)

    public var isDead: Bool {
        if case .dead = self { true } else { false }
    }

    /// Whether what carries the labels is the lease's, as far as is known.
    public var mayOwn: Bool {
        if case .notOwned = self { false } else { true }
    }
}

extension LeaseFate {
    /// Of a lease whose owner and command are known by what they left of themselves.
    ///
    /// The command must have died as well: it outlives a killed owner by the moment that the kernel needs to end it,
    /// and for good when it has changed its user.
    ///
    /// - Parameters:
    ///   - owner: `nil` where it could not tell who it is.
    ///   - command: `nil` before there is one.
    ///   - fate: of a process.
    static func of(
        owner: ProcessIdentity?, command: ProcessIdentity?, fate: (ProcessIdentity) -> ProcessFate
    ) -> LeaseFate {
        guard let owner else { return .unknown("it does not say by which process it is held") }
        let fates = [owner, command].compactMap(\.self).map(fate)
        if fates.contains(.alive) { return .alive }
        var ends: [String] = []
        for fate in fates {
            switch fate {
            case .alive: return .alive
            case .unknown(let why): return .unknown(why)
            case .dead(let how): ends.append(how)
            }
        }
        // There is one for the owner at least.
        return .dead(ends.first ?? "its process has ended")
    }
}
