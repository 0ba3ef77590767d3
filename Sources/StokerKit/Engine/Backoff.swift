/// How long to leave an engine alone that does not answer: ever longer, and never as long as the others do who
/// wait for the same engine, or all of them would come back at once.
public struct Backoff: Sendable, Equatable {
    private let first: Duration
    private let longest: Duration
    private var current: Duration?

    /// - Parameters:
    ///   - first: the most that the first delay can be; it doubles each time.
    ///   - longest: the most that any delay can be.
    public init(first: Duration = .seconds(2), longest: Duration = .seconds(300)) {
        self.first = first
        self.longest = longest
    }

    /// Of one who listens to an engine and has lost it: it is heard again soon after its start.
    public static let ofListeners = Backoff(first: .milliseconds(400), longest: .seconds(10))

    /// The next delay: between half of the most that it can be and that.
    public mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        let most = min(current.map { $0 * 2 } ?? first, longest)
        current = most
        return most * Double.random(in: 0.5...1, using: &generator)
    }

    /// The engine has answered.
    public mutating func reset() { current = nil }
}
