import StokerCore
import StokerKit

extension ImageKeeper {
    /// The image for the inputs as they are from the question on.
    ///
    /// - Parameter timeout: how long to wait for others' builds.
    func warm(timeout: Duration, observer: @escaping WarmObserver) async throws -> WarmResult {
        let started = SuspendingClock.now
        if let answer = await prompt() { return answer }
        let request = try settings()
        let found = try await look(request)
        if let hit = warmer.hit(request, found, since: started) {
            story.finished(hit)
            return hit
        }
        var result = try await begin(
            request, since: started, after: found, timeout: timeout, observer: observer)
        result.seconds = (SuspendingClock.now - started) / .seconds(1)
        return result
    }

    private func begin(
        _ request: WarmRequest, since asked: SuspendingClock.Instant, after found: Warmer.Look,
        timeout: Duration,
        observer: @escaping WarmObserver
    ) async throws -> WarmResult {
        // What goes on answers the question if it comes to the inputs of now.
        let goal: InputGoal? = if isWorking { try await warmer.goal(request) } else { nil }
        // No other question is put from here to the wait: the first run that answers this one must not go by a look
        // from before it.
        let isPutOff = isWorking
        freshLook = isPutOff ? nil : found
        if let latest = story.latest { observer(latest) }
        var question = Question(firstRun: runs + 1, goal: goal)
        if isPutOff, !isSuperseding, let digestInBuild { question.hear(building: digestInBuild, inRun: runs) }
        if !isPutOff || !question.waits(forRun: runs) { handle(.asked) }
        var result = try await answer(
            request, since: asked, to: question, timeout: timeout, observer: observer)
        if goal != nil, try await warmer.imageIDs([request.image.tag]) != [result.imageID] {
            // The run had begun before the question, and somebody has taken its tag since.
            return try await warm(timeout: timeout, observer: observer)
        }
        if isPutOff && result.outcome == .hit {
            result.outcome = .waited
            result.reason = story.lastResult?.reason ?? story.lastBuild?.reason
        }
        return result
    }

    private var isWorking: Bool {
        if case .working = machine.state { true } else { false }
    }

    /// Of what is being built.
    private var digestInBuild: String? {
        if case .building(_, _, let digest) = story.latest { digest } else { nil }
    }

    /// Those who asked before the inputs were read are answered by the run, although it had begun by then.
    func tellReading() {
        guard let (settings, since) = reading, let since = since.since else { return }
        for (id, waiter) in waiters where waiter.asked < since && waiter.request.hasSettings(of: settings) {
            waiters[id]?.question.hear(readingInRun: runs)
        }
    }

    /// A build has begun: those whom it is to answer wait for it, and for the others it may be in vain.
    func tellQuestions(building digest: String) {
        tellReading()
        for id in waiters.keys { waiters[id]?.question.hear(building: digest, inRun: runs) }
        if waiters.values.contains(where: { !$0.question.waits(forRun: runs) }) { Task { await judge() } }
    }

    /// The work has ended: whoever has counted on it in vain asks again.
    func askAgain() {
        if !waiters.isEmpty, !isWorking { handle(.asked) }
    }

    /// Finds out whether the build that goes on is for other inputs than there are now. One that somebody waits for
    /// is never in vain.
    func judge() async {
        let run = runs
        var isInVain = false
        if let digest = digestInBuild, !isWaitedFor, let request = try? settings() {
            // Others may ask past the agent, and wait for its lock.
            let isAsked = !waiters.isEmpty || BuildLock.isWaitedFor(request.image.lock)
            let isOther = try? await warmer.isInVain(digest, request, isAsked: isAsked)
            isInVain = isOther == true && runs == run && !isWaitedFor
        }
        handle(.judged(isInVain: isInVain))
    }

    var isWaitedFor: Bool { waiters.values.contains { $0.question.waits(forRun: runs) } }
}
