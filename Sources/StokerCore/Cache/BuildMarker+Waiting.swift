public import SystemPackage

extension BuildMarker {
    /// How long to sleep between two looks: the first time, and at most.
    ///
    /// No kernel tells of what another machine does to a file, so there is nothing to sleep on.
    static let firstPause = Duration.milliseconds(50)
    static let longestPause = Duration.milliseconds(500)

    /// Takes the marker, looking for it again and again until its holder removes it or has provably died.
    ///
    /// - Parameters:
    ///   - image: what `stoker unlock` calls it.
    ///   - timeout: measured on the monotonic clock, which stands still while the machine is suspended.
    ///   - onWait: called with what the marker says, when there is one, and again whenever it says something else.
    /// - Throws: `StokerError` with `.lockTimeout`, naming the marker; `CancellationError`.
    public static func acquire(
        _ path: FilePath, image: String, holder: LockHolder, timeout: Duration,
        onWait: @Sendable (LockHolder?) -> Void = { _ in }
    ) async throws -> (marker: BuildMarker, waited: Bool) {
        let deadline = SuspendingClock.now.advanced(by: timeout)
        var waited = false
        var told: LockHolder?
        var pause = firstPause
        while true {
            try Task.checkCancellation()
            let found: FoundMarker
            switch try attempt(path, holder: holder, before: told) {
            case .taken(let marker): return (marker, waited)
            case .inTheWay(let marker): found = marker
            }
            let now = found.line?.holder
            // Nothing can be read of it while it changes hands.
            if !waited || (now != nil && now != told) {
                onWait(now)
                told = now
            }
            waited = true
            let left = SuspendingClock.now.duration(to: deadline)
            guard left > .zero else { throw overdue(found, image: image, after: timeout) }
            try await Task.sleep(for: min(pause, left), clock: .suspending)
            pause = min(pause * 3 / 2, longestPause)
        }
    }

    /// Who waited too long for the marker at `path`, what that says, and what can be done about it.
    public static func overdue(_ path: FilePath, image: String, after timeout: Duration) -> StokerError {
        overdue(try? FoundMarker(path), path, image: image, after: timeout)
    }

    static func overdue(_ found: FoundMarker, image: String, after timeout: Duration) -> StokerError {
        overdue(found, found.path, image: image, after: timeout)
    }

    private static func overdue(
        _ found: FoundMarker?, _ path: FilePath, image: String, after timeout: Duration
    ) -> StokerError {
        let waited = "waited \(DurationText.format(timeout)) for the marker \(path)"
        guard let found else {
            return StokerError(.lockTimeout, waited, nextStep: "run the command again")
        }
        let nextStep =
            found.fate == .alive
            ? "wait for it to end, stop it, or allow more time with --timeout"
            : "if nobody builds \(image) any more, remove it with `stoker unlock \(image)`"
        return StokerError(.lockTimeout, "\(waited), \(found.sentence)", nextStep: nextStep)
    }
}
