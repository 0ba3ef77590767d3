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

    /// What may still be added.
    private final class Adder: WatchAdder {
        let kernel: any WatchAdder
        let instance: CInt
        let limit: Limit
        let held = Mutex<Set<CInt>>([])

        init(_ kernel: KernelInotify, _ limit: Limit) {
            (self.kernel, instance, self.limit) = (kernel.adder, kernel.descriptor, limit)
        }

        func add(_ file: FileDescriptor, mask: InotifyMask) throws(Errno) -> CInt {
            let inode = try LimitedInotify.status(file).inode
            if limit.refused.withLock({ $0.contains(inode) }) { throw .permissionDenied }
            let kept = try held.withLock { held throws(Errno) in
                let watch = try kernel.add(file, mask: mask)
                // The fence's own is not counted.
                guard mask == .directory || mask == .file, !held.contains(watch) else { return watch }
                if held.count >= limit.watches.withLock({ $0 }) {
                    inotify_rm_watch(instance, watch)
                    throw Errno.noSpace
                }
                held.insert(watch)
                return watch
            }
            return kept
        }
    }

    private let kernel: KernelInotify
    private let counting: Adder
    private let limit: Limit

    init(_ limit: Limit) throws {
        kernel = try KernelInotify()
        self.limit = limit
        counting = Adder(kernel, limit)
    }

    var descriptor: CInt { kernel.descriptor }
    var adder: any WatchAdder { counting }
    var watchLimit: Int? { limit.watches.withLock { $0 } }

    func remove(_ watch: CInt) throws(Errno) {
        counting.held.withLock { _ = $0.remove(watch) }
        try kernel.remove(watch)
    }

    func drain(limit: Int) throws(Errno) -> [InotifyEvent] {
        let events = try kernel.drain(limit: limit)
        for event in events where event.mask.contains(.ignored) {
            counting.held.withLock { _ = $0.remove(event.watch) }
        }
        return events
    }

    fileprivate static func status(_ file: FileDescriptor) throws(Errno) -> FileStatus {
        var status = stat()
        guard fstat(file.rawValue, &status) == 0 else { throw Errno(rawValue: errno) }
        return FileStatus(status)
    }
}
