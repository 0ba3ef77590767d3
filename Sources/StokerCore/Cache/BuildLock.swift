import Glibc
import Synchronization
public import SystemPackage

/// The lock under which one image of one project is built: an exclusive `flock` on the whole lock file, held
/// from acquisition until `release()` or the end of the process, whatever ends it.
///
/// The file is removed by its holder, while still locked. Whoever gets the lock therefore compares the file
/// that it locked with the one that now has the name, and starts over when they differ: otherwise a waiter
/// would hold a file that nobody sees any more, next to the holder of a new one. For programs that do not
/// compare, the file can be kept: it is then emptied instead of removed.
public final class BuildLock: Sendable {
    public let path: FilePath
    /// What the holder before has left in the file, for who has waited for it; `nil` for who has not.
    public var before: LockHolder? { left.flatMap { LockHolder(line: $0) } }
    /// Read by those few who want to know it, since that takes longer than all the rest of a hand-over.
    private let left: [UInt8]?
    private let file: HeldFile
    /// Whether the file stays when the lock is let go.
    private let isKept: Bool
    /// Whether it was there, empty, before Stoker locked it: then it stays too.
    private let isFound: Bool
    private let isReleased = Atomic(false)

    private init(path: FilePath, file: HeldFile, isKept: Bool, isFound: Bool, left: [UInt8]?) {
        self.path = path
        self.left = left
        self.file = file
        self.isKept = isKept
        self.isFound = isFound
    }

    // Not the close alone: see `unlock`.
    deinit { file.unlock() }

    /// A lock file that is open, and not locked yet.
    struct Opened {
        var file: HeldFile
        /// Whether it was made by this call.
        var isNew: Bool
    }

    /// Opens the lock file, made where it is missing.
    static func open(_ path: FilePath) throws -> Opened {
        do {
            let opened = try openOrMake(path)
            let status = try opened.file.status()
            guard status.kind == .file else { throw notAFile(path) }
            if let objection = ForeignFile.objection(to: status, in: path.removingLastComponent()) {
                throw StokerError(
                    .cannotWrite, "the lock file \(path) is not Stoker's own", cause: objection,
                    nextStep: "remove it")
            }
            try checkThatItIsALock(opened.file, path)
            return opened
        } catch let error as SystemCallError {
            if error.errno == .isDirectory { throw notAFile(path) }
            if error.errno == .tooManySymbolicLinkLevels {
                throw StokerError(
                    .cannotWrite, "the lock file \(path) is a symbolic link, or lies behind one",
                    nextStep: "remove the link, or name another file as the image's lock in stoker.yaml")
            }
            throw StokerError(
                .cannotWrite, "cannot open the lock file \(path)", cause: error.errno.description,
                nextStep: "make it and its folder writable, or remove it if another user left it")
        }
    }

    private static func openOrMake(_ path: FilePath) throws(SystemCallError) -> Opened {
        while true {
            do throws(SystemCallError) {
                return Opened(file: try HeldFile(resolved: path, O_RDWR), isNew: false)
            } catch {
                if error.errno != .noSuchFileOrDirectory { throw error }
            }
            do throws(SystemCallError) {
                let file = try HeldFile(resolved: path, O_RDWR | O_CREAT | O_EXCL, mode: 0o644)
                // What root makes in a user's project must not keep that user out.
                if let folder = try? FileStatus.of(path.removingLastComponent().string) {
                    file.give(to: folder.owner)
                }
                return Opened(file: file, isNew: true)
            } catch {
                // Somebody else has made it meanwhile.
                if error.errno != .fileExists { throw error }
            }
        }
    }

    /// A `lock:` in stoker.yaml that names a file of the person's must not cost them that file: the holder
    /// writes into it, and removes it.
    private static func checkThatItIsALock(_ file: HeldFile, _ path: FilePath) throws {
        if OwnFileName.isOurs(path) { return }
        // New, or left behind by another program that knows flock. One that was there stays: see `isFound`.
        if try file.status().size == 0 { return }
        if let start = try? file.readAll(limit: LockHolder.sizeLimit), LockHolder(line: start) != nil {
            return
        }
        throw StokerError(
            .cannotWrite, "\(path) is not a lock file of Stoker's",
            nextStep: "move it away, or name another file as the image's lock in stoker.yaml")
    }

    /// Whether a file that has just been locked was there, empty, before Stoker locked it for the first time. Its
    /// existence may be all that it is for, as that of an `__init__.py`.
    private static func isFound(_ opened: Opened, _ path: FilePath) -> Bool {
        if OwnFileName.isOurs(path) || opened.isNew { return false }
        guard let content = content(of: opened.file) else { return true }
        return LockHolder(line: content)?.isFound == true
    }

    private static func notAFile(_ path: FilePath) -> StokerError {
        StokerError(
            .cannotWrite, "the lock file \(path) is not a regular file",
            nextStep: "remove what is in its place")
    }

    /// Takes the lock if it is free at this moment.
    ///
    /// - Parameter isKept: whether the file is left in place, emptied, when the lock is let go.
    public static func tryAcquire(
        _ path: FilePath, holder: LockHolder, isKept: Bool = false
    ) throws -> BuildLock? {
        while true {
            let opened = try open(path)
            guard flock(opened.file.descriptor, LOCK_EX | LOCK_NB) == 0 else {
                if errno == EINTR { continue }
                if errno == EWOULDBLOCK { return nil }
                throw SystemCallError.last("lock", path.string).stokerError(.cannotWrite)
            }
            if let lock = adopt(opened, path: path, line: holder.line, isKept: isKept) { return lock }
        }
    }

    /// Makes the lock of a file that has just been locked; `nil` when the file has lost its name meanwhile.
    ///
    /// - Parameters:
    ///   - line: what the holder says of itself.
    ///   - left: what a holder who has been waited for has left.
    static func adopt(
        _ opened: Opened, path: FilePath, line: [UInt8], isKept: Bool = false, left: [UInt8]? = nil
    ) -> BuildLock? {
        let isFound = isFound(opened, path)
        let lock = BuildLock(path: path, file: opened.file, isKept: isKept, isFound: isFound, left: left)
        guard lock.isStillOurs else { return nil }
        var line = line
        if isFound, let holder = LockHolder(line: line) { line = lock.line(of: holder) }
        // In place: a rename would hand the name, and so the lock, to a second holder. The story for those who wait
        // is a courtesy; a full disk must not cost the lock.
        if !opened.file.replaceAll(line) { try? opened.file.truncate() }
        return lock
    }

    /// Whether the lock file is still the one that is locked. Someone may have deleted it (`git clean
    /// -fdx`), and then a second holder is possible: ask again before publishing.
    public var isStillOurs: Bool {
        guard let named = try? FileStatus.of(path.string), let locked = try? file.status() else {
            return false
        }
        return named.isSameFile(as: locked)
    }

    /// What the holder of the lock at `path` says of itself.
    public static func holder(at path: FilePath) -> LockHolder? {
        guard let file = try? HeldFile(resolved: path, O_RDONLY) else { return nil }
        return content(of: file).flatMap { LockHolder(line: $0) }
    }

    /// `nil` for nothing.
    static func content(of file: HeldFile) -> [UInt8]? {
        // It may have been read before.
        lseek(file.descriptor, 0, SEEK_SET)
        let content = try? file.readAll(limit: LockHolder.sizeLimit)
        return content?.isEmpty == false ? content : nil
    }

    /// Says anew what those who wait may know. Failing changes nothing.
    public func tell(_ holder: LockHolder) {
        guard !isReleased.load(ordering: .relaxed) else { return }
        file.replaceAll(line(of: holder))
    }

    /// Of a file that was found, with the word that whoever comes after a kill has to leave it too.
    private func line(of holder: LockHolder) -> [UInt8] {
        var holder = holder
        holder.isFound = isFound ? true : nil
        return holder.line
    }

    /// Removes the lock file, or empties it where it is kept, and lets the lock go. Only the first call does
    /// something.
    public func release() {
        // A kept file may be another holder's by the second call, and its story is then theirs.
        guard !isReleased.exchange(true, ordering: .relaxed) else { return }
        if isFound {
            // As it was. Those who wait do without a refusal's story.
            try? file.truncate()
        } else if isKept {
            // Those who wait still have to read why a build was refused; the next holder overwrites it.
            if BuildLock.holder(at: path)?.refusal == nil { try? file.truncate() }
        } else if let locked = try? file.status() {
            ResolvedPath.remove(path) { $0.isSameFile(as: locked) }
        }
        // LOCK_UN, and not only the close at the end of this object: the moment is then the caller's.
        file.unlock()
    }
}
