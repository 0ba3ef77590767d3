import Foundation
public import Logging
public import StokerCore
public import SystemPackage

/// Makes sure that one image is the one for today's inputs: looks, and builds under the lock if it is not.
public final class Warmer: Sendable {
    /// The builder refused these inputs.
    public struct BuildRefusal: Error, Sendable {
        public var digest: ContentDigest
        public var error: StokerError
        public var seconds: Double
        public var reason: String
    }

    let engine: EngineClient
    let memory: InputMemory
    let snapshots: SnapshotStore
    let kept: KeptLists
    let records = RecordMemory()
    let scratchTags: ScratchTagBook
    let tags: TagBook
    let key: String
    let project: FilePath
    let client: String?
    let logger: Logger

    /// - Parameters:
    ///   - project: the project's folder.
    ///   - imageName: what the configuration calls the image.
    ///   - limits: what the snapshots of all images may take on disk.
    ///   - client: the client program to build with, when the user has chosen one.
    public init(
        engine: EngineClient, project: FilePath, imageName: String, cache: FilePath,
        limits: SnapshotLimits = .standard, client: String?, logger: Logger
    ) {
        self.engine = engine
        self.project = project
        snapshots = SnapshotStore(cache: cache, limits: limits)
        key = snapshots.key(project: project, image: imageName)
        kept = KeptLists(cache: cache)
        scratchTags = ScratchTagBook(cache: cache)
        tags = TagBook(cache: cache)
        memory = InputMemory(file: snapshots.index(ofKey: key))
        self.client = client
        self.logger = logger
    }

    /// - Parameter look: a look since the question was asked, so that the first one is not made again. Default:
    ///   none.
    /// - Throws: `BuildRefusal` when the build failed; `KnownRefusal`; `StokerError`; `CancellationError`.
    public func warm(
        _ request: WarmRequest, after look: Look? = nil, observer: @escaping WarmObserver
    ) async throws -> WarmResult {
        try await AnswerBudget.within(request.lockTimeout, for: engine) {
            try await warmWithinBudget(request, after: look, observer: observer)
        }
    }

    private func warmWithinBudget(
        _ request: WarmRequest, after look: Look?, observer: @escaping WarmObserver
    ) async throws -> WarmResult {
        let started = SuspendingClock.now
        var look = look
        var request = request
        for _ in 1..<Warmer.attempts {
            do {
                return try await attempt(request, after: look, since: started, observer: observer)
            } catch is LockLost {
                request.hasMissed = false
                look = nil
                observer(.warning("\(request.image.lock) was removed during the build; starting over"))
            }
        }
        do {
            return try await attempt(request, after: look, since: started, observer: observer)
        } catch is LockLost {
            throw StokerError(
                .lockTimeout, "\(request.image.lock) is removed again and again while it is held",
                nextStep: "find out what removes it (`git clean -x`?) and leave it alone during builds")
        }
    }

    func result(
        _ request: WarmRequest, _ finding: Finding, _ outcome: WarmOutcome, reason: String?,
        since started: SuspendingClock.Instant
    ) -> WarmResult {
        WarmResult(
            name: request.image.name, image: request.image.tag, imageID: finding.imageID,
            digest: finding.digest.description, outcome: outcome, via: request.via,
            seconds: (SuspendingClock.now - started) / .seconds(1), reason: reason, warnings: finding.warnings
        )
    }

    /// How often a build is begun anew when its lock file is removed under it, or its Dockerfile edited.
    static let attempts = 3

    private func attempt(
        _ request: WarmRequest, after look: Look?, since started: SuspendingClock.Instant,
        observer: @escaping WarmObserver
    ) async throws -> WarmResult {
        var request = request
        var wait: WarmWait?
        func result(_ finding: Finding, _ outcome: WarmOutcome, reason: String?) -> WarmResult {
            var result = self.result(request, finding, outcome, reason: reason, since: started)
            result.wait = wait
            return result
        }
        let first: Look
        if let look {
            first = look
        } else {
            first = request.hasMissed ? missed(request) : try await self.look(request)
        }
        if case .hit(let finding) = first.verdict { return result(finding, .hit, reason: nil) }
        if let refused = request.refused, first.digest == refused {
            // There may be an image of them from before the builder refused them.
            guard let candidate = first.candidate, try await find(candidate.name) != nil else {
                throw KnownRefusal()
            }
        }

        // Some engines take longer for it than for all the rest.
        let identity = Task { [engine] in try await engine.info().id }
        defer { identity.cancel() }
        let hold: Hold
        do {
            hold = try await takeLock(request, first.record, observer: observer)
        } catch let error as StokerError where error.code == .cannotWrite {
            // The image is there. A folder that cannot be written to must not take it from whoever asks.
            guard case .outdatedRecord(let finding) = first.verdict else { throw error }
            return result(finding.notRecorded(error), .hit, reason: nil)
        }
        let lock = hold.lock
        defer { lock.release() }
        wait = hold.wait
        let waited = wait != nil
        if let refusal = try await sharedRefusal(request, hold) { throw refusal }
        // What we waited for, or what was built between our look and our lock, may be all that is needed.
        let record = records.read(request.image.record)
        var isUnchanged = record == first.record
        if waited, !isUnchanged, record.record?.imageName == request.image.tag {
            request.sharedID = record.record?.imageID
        }
        // Whoever was waited for may have given the tag to another image, and been killed before the record.
        if waited, case .outdatedRecord = first.verdict { isUnchanged = false }
        let second = isUnchanged ? first : try await self.look(request)
        if case .hit(let finding) = second.verdict {
            return result(finding, waited ? .waited : .hit, reason: waited ? first.reason : nil)
        }
        if case .outdatedRecord(let finding) = second.verdict {
            let renewed = try await renewRecord(request, finding, after: second, lock: lock)
            return result(renewed, waited ? .waited : .hit, reason: waited ? first.reason : nil)
        }
        // A missing Dockerfile is told also where there is no engine.
        _ = try await BlockingWork.run { [request] in
            try InputPlan(image: request.image, ownFiles: request.ownFiles)
        }
        try await checkTag(request)
        // A look from before a long wait says little of the inputs as they are now.
        let candidate = isUnchanged && waited ? nil : second.candidate
        let ending: Ending
        if let candidate, let restored = try await restore(candidate, request, lock: lock, identity: identity)
        {
            ending = restored
        } else {
            do {
                ending = try await build(
                    request, lock: lock, identity: identity, after: second, looked: candidate?.name
                ) { event in
                    if case .line(let line) = event { hold.story.note(line) }
                    observer(event)
                }
            } catch let refusal as BuildRefusal {
                share(refusal, request, hold)
                throw refusal
            }
        }
        switch ending {
        case .found(let finding):
            return result(finding, waited ? .waited : .hit, reason: waited ? first.reason : nil)
        case .restored(let finding, let name, let isNewHere):
            // Others need not wait for it.
            lock.release()
            if isNewHere { await dropSurplus(request.image, latest: name) }
            // A copy has been made for it, unless the look told enough.
            if candidate == nil { await pruneSnapshots() }
            return result(finding, .restored, reason: Warmer.restoringReason)
        case .built(let finding, let name, let reason):
            lock.release()
            async let kept: Void = dropSurplus(request.image, latest: name)
            await pruneSnapshots()
            await kept
            return result(finding, .built, reason: reason)
        }
    }

    private func pruneSnapshots() async {
        do {
            try await BlockingWork.run { [snapshots, scratchTags, key] in
                // Also where nobody reaps.
                scratchTags.forgetOld(now: WallClock.nanoseconds())
                _ = try snapshots.prune(now: WallClock.nanoseconds(), keeping: key)
            }
        } catch {
            logger.warning("cannot remove old snapshots: \(error)")
        }
    }
}

/// These inputs have been refused before, and nobody asked to try again.
public struct KnownRefusal: Error, Sendable {}
