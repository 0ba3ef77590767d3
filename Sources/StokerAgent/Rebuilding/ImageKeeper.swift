import Logging
import StokerCore
import StokerKit
import SystemPackage

/// Keeps one image the one for today's inputs, and answers for it.
///
/// When to act is decided by a `RebuildMachine`; this actor performs it, one build at a time.
actor ImageKeeper {
    typealias Machine = RebuildMachine<ContinuousClock.Instant>

    /// Gives what to warm as the configuration says it at that moment.
    typealias Settings = @Sendable () throws -> WarmRequest

    /// What it knows the world by.
    struct Senses: Sendable {
        var ledger: InputLedger
        var events: EngineEvents
        /// Returns when the ledger tells of all that happened before the call: whether it does.
        var fence: @Sendable () async -> Bool
        /// Gives inputs that have other names too watches of their own, by the root of their context: which ones
        /// have none nevertheless.
        var watchLinked: @Sendable ([FilePath: Set<BytePath>]) async -> [FilePath: Set<BytePath>]
        /// Whether git is changing the files just now; `nil` where there is no repository.
        var git: GitActivity?
        /// The watches stand around the inputs of another plan than the one that holds now.
        var replan: @Sendable (InputPlan) -> Void
    }

    let name: String
    let warmer: Warmer
    let settings: Settings
    let senses: Senses
    private let logger: Logger
    private(set) var machine = Machine()
    private let triggers: AsyncStream<Machine.Trigger>
    private let triggerFeed: AsyncStream<Machine.Trigger>.Continuation
    private var timer: Task<Void, Never>?
    private var working: Task<Machine.Event, Never>?
    private var restitutions = Restitutions()
    private var delayedLook: Task<Void, Never>?
    /// Whether the work that goes on has been told to end, as its inputs have moved on.
    private(set) var isSuperseding = false
    /// The settings of the work that goes on, and since when they have been read for a build.
    private(set) var reading: (settings: WarmRequest, since: Reading)?
    /// How many runs have been started; a question is answered by the first run that starts after it.
    private(set) var runs = 0
    var waiters: [UInt64: Waiter] = [:]
    private(set) var isOver = false
    var story = ImageStory()
    var standing: StandingAnswer?
    /// What the last look depended on at the engine, and how that was before it.
    var engineView: (references: [String], mark: EngineEvents.Mark?)?
    /// Inputs that have other names too, as the last hit has found them.
    var linkedInputs: [FilePath: Set<BytePath>] = [:]
    /// For which other watches have been asked last.
    var plannedFor: InputPlan?
    /// A look that a question has just made, for the work that it begins.
    var freshLook: Warmer.Look?

    init(
        name: String, warmer: Warmer, settings: @escaping Settings, senses: Senses, logger: Logger
    ) {
        self.name = name
        self.warmer = warmer
        self.settings = settings
        self.senses = senses
        self.logger = logger
        (triggers, triggerFeed) = AsyncStream.makeStream()
    }

    /// Works until it is cancelled, and then ends a build that is going on. Does nothing before `inputsChanged`
    /// or a question.
    func run() async {
        for await trigger in triggers {
            isSuperseding = false
            let work = Task { await self.work(trigger) }
            working = work
            let ending = await withTaskCancellationHandler {
                await work.value
            } onCancel: {
                work.cancel()
            }
            working = nil
            handle(ending)
            askAgain()
        }
        timer?.cancel()
        delayedLook?.cancel()
        isOver = true
        endWaiters(ofRun: .max, with: CancellationError())
    }

    /// An input has changed, or may have.
    func inputsChanged() { handle(.changed) }

    /// Somebody has written the record, if only ourselves.
    func recordChanged() { handle(.changed) }

    /// Something has happened at the engine: looks whether it was to our image, or to one that it is built on.
    func engineChanged() {
        guard let engineView else { return }
        guard let mark = senses.events.mark(for: engineView.references), mark != engineView.mark else {
            return
        }
        guard let delay = restitutions.delay(at: .now) else { return handle(.changed) }
        if delayedLook != nil { return }
        delayedLook = Task { [weak self] in
            guard (try? await Task.sleep(for: delay)) != nil else { return }
            await self?.lookLate()
        }
    }

    private func lookLate() {
        delayedLook = nil
        handle(.changed)
    }

    func handle(_ event: Machine.Event) {
        for action in machine.handle(event, at: .now) {
            switch action {
            case .wake(let at): wake(at)
            case .work(let trigger): triggerFeed.yield(trigger)
            case .judge: Task { await self.judge() }
            case .abandon:
                isSuperseding = working != nil
                working?.cancel()
            }
        }
        story.state = machine.state
        story.verdict = machine.verdict
    }

    private func wake(_ at: ContinuousClock.Instant) {
        timer?.cancel()
        timer = Task { [weak self] in
            guard (try? await Task.sleep(until: at, clock: .continuous)) != nil else { return }
            await self?.ring()
        }
    }

    private func ring() {
        if let left = senses.git?.remaining() {
            handle(.timerWhileHeld(until: .now.advanced(by: left)))
        } else {
            handle(.timer)
        }
    }

    /// Git may have let go of the files.
    func gitChanged() {
        if senses.git?.remaining() == nil { handle(.released) }
    }

    // MARK: Work

    private func work(_ trigger: Machine.Trigger) async -> Machine.Event {
        logger.debug("sets to work on \(name)")
        runs += 1
        let run = runs
        reading = nil
        let edits = senses.ledger.beginWork()
        let ending = await work(trigger, run: run, hasEdits: edits)
        _ = await senses.fence()
        let isDone =
            switch ending {
            case .finished(.current), .finished(.failed): true
            default: false
            }
        if edits, !isDone { senses.ledger.keepEdits() }
        return ending
    }

    private func work(_ trigger: Machine.Trigger, run: Int, hasEdits: Bool) async -> Machine.Event {
        do {
            var request = try settings()
            request.refused = story.refusal(before: run, for: trigger)?.digest
            if let timeout = longestTimeout(upTo: run) { request.lockTimeout = timeout }
            let since = Reading()
            request.willRead = { since.begin() }
            reading = (request, since)
            let started = SuspendingClock.now
            let fresh = trigger == .question ? freshLook : nil
            freshLook = nil
            let look = if let fresh { fresh } else { try await self.look(request) }
            let result: WarmResult
            if let hit = warmer.hit(request, look, since: started) {
                result = hit
            } else if trigger == .change, senses.git?.remaining() != nil, !isWaitedFor {
                // Git has begun since the burst ended: what was seen may be half of a checkout.
                handle(.changed)
                return .finished(machine.verdict)
            } else {
                result = try await warm(request, after: look)
            }
            for warning in result.warnings where !story.hasTold(warning) { logger.warning("\(warning)") }
            story.finished(result)
            restitutions.note(result.outcome, isWanted: hasEdits || trigger != .change, at: .now)
            if result.outcome == .built || result.outcome == .restored {
                logger.info(
                    "\(result.outcome) \(result.image) in \(DurationText.format(.seconds(result.seconds))): \(result.reason ?? "")"
                )
            }
            endWaiters(ofRun: run, request, with: result)
            return .finished(.current(digest: result.digest))
        } catch let refusal as Warmer.BuildRefusal {
            story.refused(refusal, inRun: run)
            logger.error("\(refusal.error)")
            endWaiters(ofRun: run, with: refusal.error)
            return .finished(
                .failed(digest: refusal.digest.description, reason: refusal.error.description))
        } catch is KnownRefusal {
            // Only a refusal that the story knows was passed on to the warmer.
            let error =
                story.refusal?.error
                ?? StokerError(.buildFailed, "the builder refused these inputs before")
            endWaiters(ofRun: run, with: error)
            return .finished(
                .failed(digest: story.refusal?.digest.description, reason: error.description))
        } catch let error as StokerError where error.code == .badInput {
            // Whatever happens at the engine makes it look again, and find the same.
            logger.log(level: story.problem == error.description ? .debug : .error, "\(error)")
            story.problem = error.description
            endWaiters(ofRun: run, with: error)
            return .finished(.failed(digest: nil, reason: error.description))
        } catch is CancellationError where isSuperseding {
            logger.info("ended the build of \(name), as its inputs have changed")
            return .superseded
        } catch {
            // Tried again and again, and said once.
            if !(error is CancellationError), story.problem != "\(error)" {
                story.problem = "\(error)"
                logger.error("\(error)")
            }
            endWaiters(ofRun: run, with: error)
            return .finished(.hindered(reason: "\(error)"))
        }
    }

    /// Warms, and hands each event on in its order, all of them before the end.
    private func warm(_ request: WarmRequest, after look: Warmer.Look) async throws -> WarmResult {
        let (events, feed) = AsyncStream<WarmEvent>.makeStream(
            bufferingPolicy: .bufferingNewest(WarmEvent.bufferLimit))
        let forwarding = Task { for await event in events { note(event) } }
        let result: Result<WarmResult, any Error>
        do {
            result = .success(try await warmer.warm(request, after: look) { feed.yield($0) })
        } catch {
            result = .failure(error)
        }
        feed.finish()
        await forwarding.value
        story.latest = nil
        return try result.get()
    }

    private func note(_ event: WarmEvent) {
        let wasWaiting = if case .waiting = story.latest { true } else { false }
        if case .line = event {} else { story.latest = event }
        for waiter in waiters.values { waiter.observer(event) }
        if case .building(_, _, let digest) = event { tellQuestions(building: digest) }
        if case .waiting(let holder) = event {
            endOverdueWaiters()
            if wasWaiting { return }
            logger.info("waiting for the lock of \(name), held by \(holder?.sentence ?? "another program")")
        }
    }
}
