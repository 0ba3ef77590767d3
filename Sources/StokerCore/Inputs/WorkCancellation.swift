import Synchronization

/// Tells blocking work, on whatever threads it runs, that nobody waits for its result any more.
///
/// Work that may take long asks at each step, and ends with an error of its own choice: whoever has cancelled it knows
/// why.
public final class WorkCancellation: Sendable {
    /// That of the work that this thread has been given. A thread that is started has none: it is handed on.
    @TaskLocal public static var current: WorkCancellation?

    private let isSet = Atomic(false)

    public init() {}

    public func cancel() { isSet.store(true, ordering: .relaxed) }

    public var isCancelled: Bool { isSet.load(ordering: .relaxed) }

    /// What cancelled work throws.
    static let error = StokerError(.interrupted, "nobody waits for this any more")
}
