public import SystemPackage

/// The calls of inotify(7) that watching needs, and nothing else, so that the C library can be left out of a
/// build and a test can answer `ENOSPC` at will.
///
/// Not thread-safe but for its `adder`: it belongs to one `Watcher`, which calls it on its own executor only.
public protocol InotifySource: AnyObject {
    /// Readable when events wait. Owned by the source.
    var descriptor: CInt { get }

    /// How many watches the user may hold over all programs; `nil` when the kernel does not say.
    var watchLimit: Int? { get }

    var adder: any WatchAdder { get }

    /// Ends a watch. The kernel queues `IN_IGNORED` for it behind every event so far.
    ///
    /// - Throws: `EINVAL` when the kernel has ended it already.
    func remove(_ watch: CInt) throws(Errno)

    /// Takes what waits, without blocking. Fewer than `limit` events mean that nothing waits any more; the
    /// result may be somewhat longer than `limit`.
    func drain(limit: Int) throws(Errno) -> [InotifyEvent]
}

/// Adds watches to one instance, from any thread.
public protocol WatchAdder: Sendable {
    /// Watches the directory or file that `file` is open on, be it with `O_PATH`, whatever its path is by now;
    /// one that is watched already keeps its watch descriptor.
    ///
    /// - Throws: `ENOSPC` when the user's watches are used up.
    func add(_ file: FileDescriptor, mask: InotifyMask) throws(Errno) -> CInt
}

/// One event, as the kernel reports it.
public struct InotifyEvent: Sendable, Equatable {
    /// -1 for an overflow of the queue.
    public var watch: CInt
    public var mask: InotifyMask
    /// The entry of the watched directory that it is about; empty when it is about the directory itself.
    public var name: [UInt8]

    public init(watch: CInt, mask: InotifyMask, name: [UInt8] = []) {
        self.watch = watch
        self.mask = mask
        self.name = name
    }
}

/// How a `Watcher` speaks to the kernel.
public enum InotifyBinding: Sendable, CaseIterable {
    #if InotifyTools
        /// Through libinotifytools. One at a time in a process.
        case library
    #endif
    /// By the kernel's own calls.
    case kernel

    /// Through the library, unless the package was built without its trait `InotifyTools`, as who must not
    /// distribute a binary under the library's GPL will do.
    public static var standard: InotifyBinding {
        #if InotifyTools
            .library
        #else
            .kernel
        #endif
    }

    /// Opens an instance.
    ///
    /// - Throws: `StokerError` when the library's only instance is taken or its descriptor does not suit;
    ///   `SystemCallError` with `EMFILE` when the user's inotify instances are used up.
    public func open() throws -> sending any InotifySource {
        switch self {
        #if InotifyTools
            case .library: try LibraryInotify()
        #endif
        case .kernel: try KernelInotify()
        }
    }
}
