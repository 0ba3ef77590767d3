import StokerCore
import Synchronization

extension Warmer {
    /// The image's lock, as held.
    struct Hold: Sendable {
        let lock: any HeldLock
        let story: HolderStory
        /// `nil` when it was free.
        let wait: WarmWait?
    }

    /// Takes the lock of the image.
    ///
    /// - Parameter record: tells those who will wait how long the last builds took.
    func takeLock(
        _ request: WarmRequest, _ record: CacheRecordFile.Content, observer: @escaping WarmObserver
    ) async throws -> Hold {
        var holder = LockHolder.current(command: request.command, image: request.image.tag)
        holder.recent = record.record?.proof(for: request.image.tag)?.recentSeconds
        let started = SuspendingClock.now
        let last = Mutex<LockHolder?>(nil)
        let (lock, waited) = try await ImageLock.acquire(
            request.image, holder: holder, timeout: request.lockTimeout
        ) { holder in
            if let holder { last.withLock { $0 = holder } }
            observer(.waiting(holder))
        }
        let seconds = (SuspendingClock.now - started) / .seconds(1)
        return Hold(
            lock: lock, story: HolderStory(lock, holder),
            wait: waited ? WarmWait(seconds: seconds, holder: last.withLock { $0 }) : nil)
    }

    /// What the holder that was waited for was told by the builder, if it was about the inputs as they are now: to
    /// ask for the same again would keep everybody behind us waiting for the same answer.
    func sharedRefusal(_ request: WarmRequest, _ hold: Hold) async throws -> BuildRefusal? {
        guard let refusal = hold.lock.before?.refusal, let digest = ContentDigest(refusal.digest),
            refusal.engine == engine.endpoint.description, request.credentials.isEmpty
        else { return nil }
        var request = request
        // So that the look reads the inputs, whatever the record says.
        request.refused = digest
        let look = try await look(request)
        guard case .miss = look.verdict, look.digest == digest else { return nil }
        // There may be an image of them from before the builder refused them.
        if let candidate = look.candidate, try await find(candidate.name) != nil { return nil }
        hold.story.note(refusal)
        return BuildRefusal(
            digest: digest,
            error: StokerError(
                .buildFailed, refusal.message, cause: refusal.cause, nextStep: refusal.nextStep),
            seconds: refusal.seconds, reason: refusal.reason)
    }

    /// Leaves word of a refusal for those who wait.
    func share(_ refusal: BuildRefusal, _ request: WarmRequest, _ hold: Hold) {
        // Others may have other ones.
        guard request.credentials.isEmpty else { return }
        hold.story.note(
            LockHolder.Refusal(
                digest: refusal.digest.description, engine: engine.endpoint.description,
                message: refusal.error.message, cause: refusal.error.cause, nextStep: refusal.error.nextStep,
                seconds: refusal.seconds, reason: refusal.reason))
    }
}
