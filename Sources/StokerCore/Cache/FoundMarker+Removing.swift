import Glibc
import SystemPackage

extension FoundMarker {
    /// Takes the marker away, if it still is what was judged; whatever has taken its place meanwhile stays.
    ///
    /// It is renamed, looked at once more, and only then removed. Those of one machine who mean to do so take turns
    /// by a `flock` on it, so the path cannot come to mean another marker between the last look and the rename. Where
    /// a file system has no `flock`, and when somebody else has a hand in it, one that was taken by mistake is put
    /// back, unless there is another by then: its holder sees that it is not its own any more before it publishes.
    ///
    /// - Parameter meanwhile: what happens between the last look and the rename, for tests.
    /// - Returns: whether the place may be free now; `false` when somebody else is at it, or it was put back.
    /// - Throws: `StokerError` (`cannotWrite`).
    func remove(meanwhile: () -> Void = {}) throws -> Bool {
        guard let file else { throw refusal(.permissionDenied) }
        if flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK { return false }
        defer { file.unlock() }
        guard isStill(at: path) || content == nil else { return true }
        let name = path.lastComponent?.string ?? ""
        let aside =
            AtomicFile.scratchPrefix + name + "-" + String(UInt64.random(in: .min ... .max), radix: 16)
        meanwhile()
        let folder: HeldFile
        do { folder = try HeldFile(resolved: path.removingLastComponent(), O_RDONLY | O_DIRECTORY) } catch {
            throw refusal(error.errno)
        }
        guard renameat(folder.descriptor, name, folder.descriptor, aside) == 0 else {
            if errno == ENOENT { return true }
            throw refusal(Errno(rawValue: errno))
        }
        let wasIt = isSame(aside, in: folder)
        if !wasIt { FoundMarker.putBack(aside, to: name, in: folder) }
        unlinkat(folder.descriptor, aside, 0)
        return wasIt
    }

    private func isSame(_ aside: String, in folder: HeldFile) -> Bool {
        if content != nil { return isStill(try? HeldFile(aside, O_RDONLY, below: folder.descriptor)) }
        // Too long to be read; its inode is held.
        guard let status = try? file?.status(),
            let other = try? FileStatus.of(aside, below: folder.descriptor)
        else { return false }
        return status.isSameFile(as: other)
    }

    /// Gives a marker its name again where nobody has made another one. The other name is left to the caller.
    static func putBack(_ aside: String, to name: String, in folder: HeldFile) {
        if linkat(folder.descriptor, aside, folder.descriptor, name, 0) == 0 || errno == EEXIST { return }
        // No links on this file system. One with another inode is not its holder's own any more, who then begins
        // anew; but who waits for it goes on waiting.
        guard
            let content = try? HeldFile(aside, O_RDONLY, below: folder.descriptor).readAll(limit: sizeLimit),
            let copy = try? HeldFile(
                name, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644, below: folder.descriptor)
        else { return }
        try? copy.writeAll(content)
    }

    private func refusal(_ errno: Errno) -> StokerError {
        StokerError(
            .cannotWrite, "cannot remove the marker \(path)", cause: errno.description,
            nextStep: "make it and its folder writable, or remove it if another user left it")
    }
}
