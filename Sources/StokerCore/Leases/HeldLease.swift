import Glibc
import Synchronization
public import SystemPackage

/// A lease in the hands of its owner: a file that is locked from before it has its name until the owner ends it or
/// dies, whatever ends it.
public final class HeldLease: Sendable {
    private let file: HeldFile
    private let path: FilePath
    private let state: Mutex<Lease>

    public var lease: Lease { state.withLock(\.self) }

    /// - Parameter folder: of all leases of the user; made where it is missing.
    public init(_ lease: Lease, in folder: FilePath) throws {
        try PrivateDirectory.create(folder)
        path = folder.appending(LeaseBook.fileName(lease.id))
        state = Mutex(lease)
        let scratch = folder.appending(AtomicFile.scratchPrefix + lease.id.text)
        do throws(SystemCallError) {
            file = try HeldFile(scratch.string, O_RDWR | O_CREAT | O_EXCL)
            // Nobody who finds the file by its name may find it unlocked.
            guard flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 else {
                throw SystemCallError.last("lock", scratch.string)
            }
            try file.writeAll(lease.line)
            guard rename(scratch.string, path.string) == 0 else {
                throw SystemCallError.last("write", path.string)
            }
        } catch {
            unlink(scratch.string)
            throw error.stokerError(.cannotWrite)
        }
    }

    deinit { file.unlock() }

    /// Says which process runs for it. To be done before that process can create anything.
    public func note(command: ProcessIdentity) throws {
        let line = state.withLock { lease in
            lease.command = command
            return lease.line
        }
        guard file.replaceAll(line) else {
            throw SystemCallError.last("write", path.string).stokerError(.cannotWrite)
        }
    }

    /// Lets it go as a death would: it stays for who finds it, to clean up after us.
    public func letGo() { file.unlock() }

    /// Ends it when nothing of what was created under it is left.
    public func remove() { unlink(path.string) }
}
