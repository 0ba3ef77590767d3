import Dispatch
import Glibc
import StokerCore
import Synchronization
import SystemPackage

/// Tells when a lease is made, told of anew or removed, and when an owner or a command has died.
final class LeaseWatch: @unchecked Sendable {
    /// Something has happened since the last element, or it is time to look again. For one reader.
    let changes: AsyncStream<Void>
    private let feed: AsyncStream<Void>.Continuation
    private let book: LeaseBook
    private let queue = DispatchQueue(label: "stoker.leases")
    // Dispatch sources may be used from any thread.
    private let folder: any DispatchSourceRead
    private let ends = Mutex<[LeaseID: [ProcessEnd]]>([:])

    /// - Throws: `StokerError` or `SystemCallError` when the folder of the leases cannot be made or watched.
    init(_ book: LeaseBook) throws {
        self.book = book
        (changes, feed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        try PrivateDirectory.create(book.folder)
        let descriptor = inotify_init1(CInt(IN_NONBLOCK) | CInt(IN_CLOEXEC))
        guard descriptor >= 0 else { throw SystemCallError.last("open", "inotify") }
        // A command is noted in the file where it lies.
        let mask = UInt32(IN_CLOSE_WRITE | IN_MODIFY | IN_MOVED_TO | IN_DELETE)
        guard inotify_add_watch(descriptor, book.folder.string, mask) >= 0 else {
            let error = SystemCallError.last("watch", book.folder.string)
            close(descriptor)
            throw error
        }
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        source.setCancelHandler { close(descriptor) }
        source.setEventHandler { [feed] in
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            // What happened is seen in the folder itself.
            while read(descriptor, &buffer, buffer.count) > 0 {}
            feed.yield()
        }
        folder = source
        source.activate()
    }

    deinit { folder.cancel() }

    /// Has `changes` tell something by then at the latest.
    func wake(after delay: Duration) {
        let (seconds, attoseconds) = delay.components
        let nanoseconds = Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
        queue.asyncAfter(deadline: .now() + .nanoseconds(nanoseconds)) { [feed] in feed.yield() }
    }

    private static let blindDelay = Duration.milliseconds(500)

    /// All leases at this moment. From now on the deaths of their owners are told.
    func entries() -> [LeaseBook.Entry] {
        let entries = book.entries()
        let isBlind = ends.withLock { ends in
            let old = ends
            ends = [:]
            var isBlind = false
            for entry in entries where entry.fate == .alive {
                let processes = [entry.lease.owner, entry.lease.command].compactMap(\.self)
                // As many as before: nothing new is known of it.
                if let known = old[entry.lease.id], known.count == processes.count {
                    ends[entry.lease.id] = known
                } else {
                    let watched = processes.compactMap { process in
                        ProcessEnd(of: process, queue) { [feed] in feed.yield() }
                    }
                    isBlind = isBlind || watched.count < processes.count
                    ends[entry.lease.id] = watched
                }
            }
            return isBlind
        }
        // One of them may have ended right after its file was read, and nobody tells of that any more.
        if isBlind { wake(after: LeaseWatch.blindDelay) }
        return entries
    }
}
