import Glibc
import Synchronization
public import SystemPackage

/// A lease in the hands of its owner: a file that is locked from before it has its name until the owner ends it or
/// dies, whatever ends it.
public final class HeldLease: Sendable {
    /// What is created under it.
    public let creations: CreationJournal
    private let file: HeldFile
    private let folder: FilePath
    private let path: FilePath
    private let state: Mutex<Lease>

    public var lease: Lease { state.withLock(\.self) }

    /// - Parameter folder: of all leases of the user; made where it is missing.
    public init(_ lease: Lease, in folder: FilePath) throws {
        let name = LeaseBook.fileName(lease.id)
        self.folder = folder
        path = folder.appending(name)
        state = Mutex(lease)
        file = try OwnersFile.make(name, in: folder, lease.line)
        do {
            creations = try CreationJournal(lease.id, in: folder)
            try file.synchronize()
        } catch {
            unlink(path.string)
            throw error
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
    public func remove() {
        unlink(CreationJournal.path(lease.id, in: folder).string)
        unlink(path.string)
    }
}
