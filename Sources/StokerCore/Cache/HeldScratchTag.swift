import Glibc
public import SystemPackage

/// A temporary tag in the hands of the process that builds under it: a file that is locked from before it has its
/// name until the build is over or its process dead, whatever ends it.
public final class HeldScratchTag: Sendable {
    public let tag: ScratchTag
    private let file: HeldFile
    private let path: FilePath

    /// - Parameter folder: of a `ScratchTagBook`; made where it is missing.
    public init(_ tag: ScratchTag, in folder: FilePath) throws {
        try PrivateDirectory.create(folder)
        self.tag = tag
        path = folder.appending(tag.name)
        let scratch = folder.appending(AtomicFile.scratchPrefix + tag.name)
        do throws(SystemCallError) {
            file = try HeldFile(scratch.string, O_RDWR | O_CREAT | O_EXCL)
            // Nobody who finds the file by its name may find it unlocked.
            guard flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 else {
                throw SystemCallError.last("lock", scratch.string)
            }
            try file.writeAll(ScratchTagBook.line(for: .current))
            guard rename(scratch.string, path.string) == 0 else {
                throw SystemCallError.last("write", path.string)
            }
        } catch {
            unlink(scratch.string)
            throw error.stokerError(.cannotWrite)
        }
    }

    /// The build is over, and its tag gone.
    public func remove() { unlink(path.string) }

    deinit { file.unlock() }
}
