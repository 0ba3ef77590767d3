import Glibc
import SystemPackage

extension ImageLock {
    /// Looks who holds an image's lock, and removes a marker that nobody can be shown to hold.
    ///
    /// - Parameter isForced: whether to remove the marker of a holder that lives, too. It sees that before it
    ///   publishes, and begins anew.
    /// - Throws: `StokerError` (`cannotWrite`) for what is no lock of Stoker's.
    public static func unlock(_ image: ImageSettings, isForced: Bool) throws -> LockFinding {
        func finding(_ state: LockFinding.State, _ holder: LockHolder?, _ words: String) -> LockFinding {
            LockFinding(
                name: image.name, path: image.lock.string, lockProtocol: image.lockProtocol, state: state,
                holder: holder, words: words.plain())
        }
        switch image.lockProtocol {
        case .flock:
            guard try BuildLock.isHeld(image.lock) else { return finding(.free, nil, "is not locked") }
            let holder = BuildLock.holder(at: image.lock)
            return finding(
                .held, holder,
                "is held by \(holder?.sentence ?? "another program"); it needs no unlocking, since a "
                    + "flock ends with its holder")
        case .marker:
            guard let found = try FoundMarker(image.lock) else { return finding(.free, nil, "is not locked") }
            let holder = found.line?.holder
            if found.fate == .alive, !isForced { return finding(.held, holder, "is \(found.sentence)") }
            guard found.isMarker else {
                throw StokerError(
                    .cannotWrite, "\(image.lock) is not a marker of Stoker's",
                    nextStep: "move it away, or name another file as the image's lock in stoker.yaml")
            }
            guard try found.remove(), try FoundMarker(image.lock) == nil else {
                return finding(.held, holder, "is being taken over by somebody else")
            }
            return finding(.removed, holder, "has been removed; it was a marker \(found.sentence)")
        }
    }
}

extension BuildLock {
    /// Whether somebody holds the lock at `path` at this moment.
    ///
    /// - Throws: `StokerError` (`cannotWrite`) when the file cannot be opened.
    static func isHeld(_ path: FilePath) throws -> Bool {
        do {
            return try HeldFile(resolved: path, O_RDONLY).isLockedByOthers()
        } catch {
            if error.errno == .noSuchFileOrDirectory { return false }
            throw error.stokerError(.cannotWrite)
        }
    }
}
