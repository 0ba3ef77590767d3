import Glibc
import StokerCore
import SystemPackage
import Synchronization

@testable import StokerAgent

/// The kernel's inotify with fewer watches than the user's, and with directories that it refuses.
final class LimitedInotify: InotifySource {
    /// Shared with the test, which changes it while the source is in use.
    final class Limit: Sendable {
        let watches: Mutex<Int>
        let refused = Mutex<Set<UInt64>>([])
        init(_ watches: Int) { self.watches = Mutex(watches) }

        /// By inode.
        func refuse(_ path: FilePath) throws {
            let inode = try DirectoryHandle(path: path).status().inode
            refused.withLock { _ = $0.insert(inode) }
        }
    }

    private let kernel: KernelInotify
    private let limit: Limit
    private var held: Set<CInt> = []

    init(_ limit: Limit) throws {
        kernel = try KernelInotify()
        self.limit = limit
    }

    var descriptor: CInt { kernel.descriptor }
    var watchLimit: Int? { limit.watches.withLock { $0 } }

    func add(_ file: FileDescriptor, mask: InotifyMask) throws(Errno) -> CInt {
        let inode = try status(file).inode
        if limit.refused.withLock({ $0.contains(inode) }) { throw .permissionDenied }
        let watch = try kernel.add(file, mask: mask)
        // The fence's own is not counted.
        if mask == .directory || mask == .file, !held.contains(watch) {
            if held.count >= limit.watches.withLock({ $0 }) {
                try kernel.remove(watch)
                throw .noSpace
            }
            held.insert(watch)
        }
        return watch
    }

    func remove(_ watch: CInt) throws(Errno) {
        held.remove(watch)
        try kernel.remove(watch)
    }

    func drain(limit: Int) throws(Errno) -> [InotifyEvent] {
        let events = try kernel.drain(limit: limit)
        for event in events where event.mask.contains(.ignored) { held.remove(event.watch) }
        return events
    }

    private func status(_ file: FileDescriptor) throws(Errno) -> FileStatus {
        var status = stat()
        guard fstat(file.rawValue, &status) == 0 else { throw Errno(rawValue: errno) }
        return FileStatus(status)
    }
}
