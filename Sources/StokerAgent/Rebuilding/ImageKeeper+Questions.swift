import StokerCore
import StokerKit

extension ImageKeeper {
    /// The image for the inputs as they are from the question on.
    ///
    /// - Parameter timeout: how long to wait for others' builds.
    func warm(timeout: Duration, observer: @escaping WarmObserver) async throws -> WarmResult {
        let started = SuspendingClock.now
        if let answer = await prompt() { return answer }
        var joined: WarmResult?
        if await senses.fence(), isBuildingForToday {
            if let latest = story.latest { observer(latest) }
            joined = try await answer(ofRun: runs, timeout: timeout, observer: observer)
        }
        // Also after the build of another: it may be one of base images that are others by now.
        let request = try settings()
        let found = try await look(request)
        if var hit = warmer.hit(request, found.look, since: started) {
            story.finished(hit)
            if let joined { (hit.outcome, hit.reason) = (.waited, joined.reason) }
            return hit
        }
        var result = try await begin(after: found, timeout: timeout, observer: observer)
        result.seconds = (SuspendingClock.now - started) / .seconds(1)
        return result
    }

    /// Whether the build that goes on is for inputs that were the same when it began as they are now.
    private var isBuildingForToday: Bool {
        guard !isSuperseding, let workMark, case .working = machine.state, case .building = story.latest
        else {
            return false
        }
        return senses.ledger.mark == workMark
    }

    private func begin(
        after found: Sight, timeout: Duration, observer: @escaping WarmObserver
    ) async throws -> WarmResult {
        var isPutOff = false
        if case .working = machine.state { isPutOff = true }
        freshLook = isPutOff ? nil : found
        if let latest = story.latest { observer(latest) }
        let run = runs + 1
        handle(.asked)
        var result = try await answer(ofRun: run, timeout: timeout, observer: observer)
        if isPutOff && result.outcome == .hit {
            result.outcome = .waited
            result.reason = story.lastResult?.reason ?? story.lastBuild?.reason
        }
        return result
    }

    /// Finds out whether the build that goes on is for other inputs than there are now. One that somebody waits for
    /// is never in vain.
    func judge() async {
        let run = runs
        var isInVain = false
        if case .building(_, _, let digest) = story.latest, !isWaitedFor, let request = try? settings() {
            // Others may ask past the agent, and wait for its lock.
            let isAsked = !waiters.isEmpty || BuildLock.isWaitedFor(request.image.lock)
            let isOther = try? await warmer.isInVain(digest, request, isAsked: isAsked)
            isInVain = isOther == true && runs == run && !isWaitedFor
        }
        handle(.judged(isInVain: isInVain))
    }

    var isWaitedFor: Bool { waiters.values.contains { $0.run <= runs } }
}
