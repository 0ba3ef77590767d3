/// Decides when one image is looked at and built. Pure: an event and the time go in, the next state and the
/// actions come out; the caller performs them.
///
/// What *work* means is not decided here: it is to look whether the image is the one for today's inputs,
/// and to build it if not.
public struct RebuildMachine<Instant: InstantProtocol>: Sendable where Instant.Duration == Duration {
    /// How the last finished work ended.
    public enum Verdict: Sendable, Equatable {
        /// There was none yet.
        case unknown
        /// The image is the one for the inputs with this digest.
        case current(digest: String)
        /// The builder refused these inputs. They are not built again until they change or someone asks.
        case failed(digest: String?, reason: String)
        /// The engine, the disk or the lock stood in the way; it is tried again by itself.
        case hindered(reason: String)
    }

    public enum State: Sendable, Equatable {
        case resting
        /// Inputs have changed; waits for the burst to end.
        case settling(Settler<Instant>)
        case working(next: Next)
        /// Waits to try again.
        case waiting(until: Instant)
    }

    /// What happened while work was going on, and so what follows it.
    public enum Next: Sendable, Equatable {
        case rest
        case settle(Settler<Instant>)
        /// The burst has ended; whether the work is in vain by now is being found out.
        case judge(Settler<Instant>)
        case workAtOnce(Trigger)
    }

    public enum Event: Sendable, Equatable {
        /// An input has changed, or may have.
        case changed
        /// The time that was asked for by `.wake` has come.
        case timer
        /// The same, but somebody is at work on the files, and until this moment at most: then they are not worth
        /// a look before it, or before `.released`. A question is not held up by it.
        case timerWhileHeld(until: Instant)
        /// Nobody is at work on the files any more.
        case released
        /// Someone wants the image now.
        case asked
        /// Whether the work that goes on is for other inputs than there are by now, and nobody waits for it.
        case judged(isInVain: Bool)
        case finished(Verdict)
        /// It has been abandoned, as was wanted.
        case superseded
    }

    public enum Action: Sendable, Equatable {
        /// Send `.timer` then. It replaces an earlier one.
        case wake(at: Instant)
        case work(Trigger)
        /// Find out whether the work that goes on is in vain, and send `.judged`.
        case judge
        /// End the work that goes on, and send `.superseded`; or `.finished` if it has ended by itself.
        case abandon
    }

    /// What work is begun for, and so whether inputs that were refused are worth another build.
    public enum Trigger: Sendable, Equatable {
        /// They are not.
        case change
        /// They are: a person may have mended something that is no input.
        case question
        /// They are not if the work during which the question came has just built and refused them.
        case questionDuringWork
    }

    public private(set) var state: State = .resting
    public private(set) var verdict: Verdict = .unknown
    private var hindrances = 0
    /// How much work has been abandoned in a row.
    private var superseded = 0
    private let timing: Settler<Instant>.Timing

    /// The first and the longest delay before hindered work is tried again.
    static var retryDelays: ClosedRange<Duration> { .seconds(1)...(.seconds(60)) }

    /// After as much abandoned work one is brought to its end, so that endless edits still yield images.
    static var supersedingLimit: Int { 3 }

    public init(timing: Settler<Instant>.Timing = .init()) { self.timing = timing }

    public mutating func handle(_ event: Event, at now: Instant) -> [Action] {
        switch event {
        case .changed: changed(now)
        case .timer: timer(now)
        case .timerWhileHeld(let limit): timerWhileHeld(until: limit, now)
        case .released: released(now)
        case .asked: asked()
        case .judged(let isInVain): judged(isInVain, now)
        case .finished(let verdict): finished(verdict, now)
        case .superseded: supersede()
        }
    }

    private mutating func changed(_ now: Instant) -> [Action] {
        switch state {
        case .resting, .waiting:
            return settle(Settler(firstChangeAt: now, timing: timing))
        case .settling(var settler):
            settler.changed(at: now)
            return settle(settler)
        case .working(.rest):
            return settleDuringWork(Settler(firstChangeAt: now, timing: timing))
        case .working(.settle(var settler)), .working(.judge(var settler)):
            settler.changed(at: now)
            return settleDuringWork(settler)
        case .working(.workAtOnce):
            return []
        }
    }

    private mutating func timer(_ now: Instant) -> [Action] {
        switch state {
        case .settling(let settler):
            return settler.due <= now ? work(.change) : [.wake(at: settler.due)]
        case .waiting(let until):
            return until <= now ? work(.change) : [.wake(at: until)]
        case .working(.settle(let settler)):
            guard settler.due <= now else { return [.wake(at: settler.due)] }
            guard superseded < Self.supersedingLimit else { return [] }
            state = .working(next: .judge(settler))
            return [.judge]
        case .resting, .working:
            return []
        }
    }

    private mutating func judged(_ isInVain: Bool, _ now: Instant) -> [Action] {
        switch state {
        case .working(.judge(let settler)):
            // What it was asked for remains to be looked at, straight after the end.
            state = .working(next: isInVain ? .workAtOnce(.change) : .settle(settler))
            return isInVain ? [.abandon] : []
        case .working(.workAtOnce(.questionDuringWork)):
            return isInVain ? [.abandon] : []
        default: return []
        }
    }

    private mutating func supersede() -> [Action] {
        guard case .working(let next) = state else { return [] }
        superseded += 1
        if case .workAtOnce(let trigger) = next { return work(trigger) }
        return work(.change)
    }

    private mutating func timerWhileHeld(until limit: Instant, _ now: Instant) -> [Action] {
        switch state {
        case .settling(var settler) where settler.due <= now:
            if settler.hold(at: now, until: limit) { return settle(settler) }
        case .working(.settle(var settler)) where settler.due <= now:
            if settler.hold(at: now, until: limit) { return settleDuringWork(settler) }
        default: break
        }
        return timer(now)
    }

    private mutating func released(_ now: Instant) -> [Action] {
        switch state {
        case .settling(var settler): settler.release(at: now) ? settle(settler) : []
        case .working(.settle(var settler)): settler.release(at: now) ? settleDuringWork(settler) : []
        default: []
        }
    }

    private mutating func asked() -> [Action] {
        if case .working = state {
            // What is going on may have read the inputs before the question was put.
            state = .working(next: .workAtOnce(.questionDuringWork))
            return [.judge]
        }
        return work(.question)
    }

    private mutating func finished(_ verdict: Verdict, _ now: Instant) -> [Action] {
        guard case .working(let next) = state else { return [] }
        self.verdict = verdict
        superseded = 0
        if case .hindered = verdict { hindrances += 1 } else { hindrances = 0 }
        switch next {
        case .workAtOnce(let trigger): return work(trigger)
        case .settle(let settler), .judge(let settler): return settle(settler)
        case .rest:
            guard case .hindered = verdict else {
                state = .resting
                return []
            }
            let until = now.advanced(by: retryDelay)
            state = .waiting(until: until)
            return [.wake(at: until)]
        }
    }

    private mutating func settle(_ settler: Settler<Instant>) -> [Action] {
        state = .settling(settler)
        return [.wake(at: settler.due)]
    }

    private mutating func settleDuringWork(_ settler: Settler<Instant>) -> [Action] {
        state = .working(next: .settle(settler))
        return superseded < Self.supersedingLimit ? [.wake(at: settler.due)] : []
    }

    private mutating func work(_ trigger: Trigger) -> [Action] {
        state = .working(next: .rest)
        return [.work(trigger)]
    }

    private var retryDelay: Duration {
        // Doubling from the first; six doublings pass the longest.
        min(Self.retryDelays.lowerBound * (1 << min(hindrances - 1, 6)), Self.retryDelays.upperBound)
    }
}
