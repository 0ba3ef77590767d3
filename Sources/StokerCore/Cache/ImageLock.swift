public import SystemPackage

/// What its holder needs to know of a lock, whichever the protocol.
public protocol HeldLock: AnyObject, Sendable {
    var path: FilePath { get }
    /// What the holder before has left, for who has waited for it; `nil` for who has not.
    var before: LockHolder? { get }
    /// Someone may have removed its file, and then a second holder is possible: ask again before publishing.
    var isStillOurs: Bool { get }
    /// Says anew what those who wait may know. Failing changes nothing.
    func tell(_ holder: LockHolder)
    /// Only the first call does something.
    func release()
}

extension BuildLock: HeldLock {}
extension BuildMarker: HeldLock {}

/// The lock under which one image of one project is built, by the protocol that its settings name.
public enum ImageLock {
    /// Takes the lock, waiting until its holder lets go or dies.
    ///
    /// - Parameters:
    ///   - timeout: measured on the monotonic clock, which stands still while the machine is suspended.
    ///   - onWait: called with what the holder says of itself, when the lock is not free, and again whenever it says
    ///     something else.
    /// - Throws: `StokerError` with `.lockTimeout`, naming the holder; `CancellationError`.
    public static func acquire(
        _ image: ImageSettings, holder: LockHolder, timeout: Duration,
        onWait: @escaping @Sendable (LockHolder?) -> Void = { _ in }
    ) async throws -> (lock: any HeldLock, waited: Bool) {
        switch image.lockProtocol {
        case .flock:
            let (lock, waited) = try await BuildLock.acquire(
                image.lock, holder: holder, isKept: image.lockIsKept, timeout: timeout, onWait: onWait)
            return (lock, waited)
        case .marker:
            let (marker, waited) = try await BuildMarker.acquire(
                image.lock, image: image.name, holder: holder, timeout: timeout, onWait: onWait)
            return (marker, waited)
        }
    }

    /// Who waited too long for an image's lock, and for whom.
    public static func overdue(_ image: ImageSettings, after timeout: Duration) -> StokerError {
        switch image.lockProtocol {
        case .flock: BuildLock.overdue(image.lock, after: timeout)
        case .marker: BuildMarker.overdue(image.lock, image: image.name, after: timeout)
        }
    }
}
