public import StokerCore

/// Where a proxy writes down what its clients create.
public struct CreationLedger: Sendable {
    let journal: CreationJournal
    /// The engine's clock at this moment, as far as it is known.
    let now: @Sendable () -> EngineTime?

    public init(journal: CreationJournal, now: @escaping @Sendable () -> EngineTime?) {
        self.journal = journal
        self.now = now
    }
}
