import StokerCore

/// The engine's clock, read once and carried on by one of ours, since each reading (`/info`) keeps an engine
/// busy for longer than most other questions.
///
/// It never runs ahead of the engine's: it counts from when the reading was here, and the engine had read its
/// clock before.
struct EngineClock: Sendable {
    let reading: EngineTime
    private let readAt: Duration

    /// - Parameter readAt: on the `BootClock`, when the reading was here.
    init(reading: EngineTime, readAt: Duration) {
        self.reading = reading
        self.readAt = readAt
    }

    init(_ account: EngineAccount) { self.init(reading: account.time, readAt: account.readAt) }

    /// The engine's clock at `moment`, if nobody has set it since the reading; `nil` outside of all years.
    ///
    /// - Parameter moment: on the `BootClock`.
    func time(at moment: Duration) -> EngineTime? { reading.advanced(by: moment - readAt) }

    /// The engine's clock at `moment`; `nil` when it has to be read again.
    ///
    /// Somebody may have set it back since the reading. What has started after that would seem older than it
    /// is, by as much.
    ///
    /// - Parameters:
    ///   - moment: on the `BootClock`.
    ///   - date: what the engine's clock was after `moment`, rounded down to whole seconds, by the head of an
    ///     answer; `nil` when the engine did not say.
    func time(at moment: Duration, confirmedBy date: EngineTime?) -> EngineTime? {
        guard let time = time(at: moment), let date,
            let latest = date.advanced(by: .seconds(1)), time < latest
        else { return nil }
        return time
    }
}
