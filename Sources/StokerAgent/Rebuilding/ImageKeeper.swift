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

    let name: String
    private let warmer: Warmer
    let settings: Settings
    private let logger: Logger
    private var machine = Machine()
    private let actions: AsyncStream<Machine.Action>
    private let actionsContinuation: AsyncStream<Machine.Action>.Continuation
    private var timer: Task<Void, Never>?
    /// Whether an input has changed while no build was going on, since the last run began.
    private var hasEdits = true
    private var lastBuildEnd: ContinuousClock.Instant?

    /// How many runs have been started; a question is answered by the first run that starts after it.
    private(set) var runs = 0
    var waiters: [UInt64: Waiter] = [:]
    private(set) var isOver = false
    var story = ImageStory()

    init(name: String, warmer: Warmer, settings: @escaping Settings, logger: Logger) {
        self.name = name
        self.warmer = warmer
        self.settings = settings
        self.logger = logger
        (actions, actionsContinuation) = AsyncStream.makeStream()
    }

    /// Works until it is cancelled, and then ends a build that is going on. Does nothing before `inputsChanged`
    /// or a question.
    func run() async {
        for await action in actions {
            switch action {
            case .wake(let at): wake(at)
            case .work(let trigger): handle(.finished(await work(trigger)))
            }
        }
        timer?.cancel()
        isOver = true
        endWaiters(upTo: .max, with: .failure(CancellationError()))
    }

    /// An input has changed, or may have.
    func inputsChanged() {
        // The build itself does not write at rest: this is somebody's edit, and wants an image.
        if !isBuildingOrHasJustBuilt { hasEdits = true }
        handle(.changed)
    }

    /// Events come a moment after what they tell of.
    private var isBuildingOrHasJustBuilt: Bool {
        if case .building = story.latest { return true }
        return lastBuildEnd.map { $0.duration(to: .now) < .milliseconds(250) } ?? false
    }

    private func handle(_ event: Machine.Event) {
        for action in machine.handle(event, at: .now) { actionsContinuation.yield(action) }
        story.state = machine.state
        story.verdict = machine.verdict
    }

    private func wake(_ at: ContinuousClock.Instant) {
        timer?.cancel()
        timer = Task { [weak self] in
            guard (try? await Task.sleep(until: at, clock: .continuous)) != nil else { return }
            await self?.handle(.timer)
        }
    }

    // MARK: Work

    private func work(_ trigger: Machine.Trigger) async -> Machine.Verdict {
        runs += 1
        let run = runs
        do {
            var request = try settings()
            request.refused = story.refusal(before: run, for: trigger)?.digest
            request.endsLoops = trigger == .change && !hasEdits
            hasEdits = false
            if let timeout = longestTimeout(upTo: run) { request.lockTimeout = timeout }
            let result = try await warm(request)
            story.finished(result)
            if result.outcome == .built {
                logger.info(
                    "built \(result.image) in \(DurationText.format(.seconds(result.seconds))): \(result.reason ?? "")"
                )
            }
            endWaiters(upTo: run, with: .success(result))
            return .current(digest: result.digest)
        } catch let refusal as Warmer.BuildRefusal {
            story.refused(refusal, inRun: run)
            logger.error("\(refusal.error)")
            endWaiters(upTo: run, with: .failure(refusal.error))
            return .failed(digest: refusal.digest.description, reason: refusal.error.description)
        } catch is KnownRefusal {
            // Only a refusal that the story knows was passed on to the warmer.
            let error =
                story.refusal?.error ?? StokerError(.buildFailed, "the builder refused these inputs before")
            endWaiters(upTo: run, with: .failure(error))
            return .failed(digest: story.refusal?.digest.description, reason: error.description)
        } catch let loop as BuildLoop {
            story.problem = loop.words
            logger.warning("\(loop.words)")
            endWaiters(upTo: run, with: .failure(StokerError(.buildFailed, loop.words)))
            return .failed(digest: nil, reason: loop.words)
        } catch let error as StokerError where error.code == .badInput {
            story.problem = error.description
            logger.error("\(error)")
            endWaiters(upTo: run, with: .failure(error))
            return .failed(digest: nil, reason: error.description)
        } catch {
            if !(error is CancellationError) {
                story.problem = "\(error)"
                logger.error("\(error)")
            }
            endWaiters(upTo: run, with: .failure(error))
            return .hindered(reason: "\(error)")
        }
    }

    /// Warms, and hands each event on in its order, all of them before the end.
    private func warm(_ request: WarmRequest) async throws -> WarmResult {
        let (events, feed) = AsyncStream<WarmEvent>.makeStream(
            bufferingPolicy: .bufferingNewest(WarmEvent.bufferLimit))
        let forwarding = Task { for await event in events { note(event) } }
        let result: Result<WarmResult, any Error>
        do {
            result = .success(try await warmer.warm(request) { feed.yield($0) })
        } catch {
            result = .failure(error)
        }
        feed.finish()
        await forwarding.value
        if case .building = story.latest { lastBuildEnd = .now }
        story.latest = nil
        return try result.get()
    }

    private func note(_ event: WarmEvent) {
        if case .line = event {} else { story.latest = event }
        for waiter in waiters.values { waiter.observer(event) }
        if case .waiting(let holder) = event {
            logger.info("waiting for the lock of \(name), held by \(holder?.sentence ?? "another program")")
        }
    }

    private var isBusy: Bool {
        if case .working = machine.state { true } else { false }
    }

    // MARK: Questions

    /// The image for the inputs as they are from the question on.
    ///
    /// - Parameter timeout: how long to wait for builds that were begun for others.
    func warm(timeout: Duration, observer: @escaping WarmObserver) async throws -> WarmResult {
        let started = SuspendingClock.now
        if let hit = try await warmer.current(try settings()) {
            story.finished(hit)
            return hit
        }
        let isOthersBuild = isBusy
        if let latest = story.latest { observer(latest) }
        let run = runs + 1
        handle(.asked)
        var result = try await answer(
            ofRun: run, timeout: timeout, isPutOff: isOthersBuild, observer: observer)
        result.seconds = (SuspendingClock.now - started) / .seconds(1)
        if isOthersBuild && result.outcome == .hit {
            result.outcome = .waited
            result.reason = story.lastBuild?.reason
        }
        return result
    }
}
