#if InotifyTools
    import CInotifyTools
    import Glibc
    import StokerCore
    import Synchronization
    public import SystemPackage

    /// inotify through libinotifytools: its initialisation, its event reader and its limits. Watches are added and
    /// removed by the kernel's calls on its descriptor, because its own table keeps dead entries and is slow; its
    /// reader looks into that table only for statistics and regular expressions, which are never switched on.
    ///
    /// The library has one instance a process, opened at the first `init` and kept for good: its reader's buffer
    /// outlives `inotifytools_cleanup`, and stale events would come out of it.
    public final class LibraryInotify: InotifySource {
        private static let instance = Mutex(Instance())

        private struct Instance {
            var descriptor: CInt?
            var isTaken = false
        }

        public let descriptor: CInt
        public var adder: any WatchAdder { recorder }
        private let recorder: Recorder

        /// Notes which watches there are.
        private final class Recorder: WatchAdder {
            let instance: CInt
            let watches = Mutex<Set<CInt>>([])

            init(instance: CInt) { self.instance = instance }

            func add(_ file: FileDescriptor, mask: InotifyMask) throws(Errno) -> CInt {
                let watch = try InotifyOpening.add(file, mask: mask, to: instance)
                watches.withLock { _ = $0.insert(watch) }
                return watch
            }

            func forget(_ watch: CInt) { watches.withLock { _ = $0.remove(watch) } }
        }

        /// Must come before the process opens many descriptors, as the library's reader uses select(2).
        ///
        /// - Throws: `StokerError` when another `LibraryInotify` lives, or when the descriptor cannot be found or
        ///   is not below 1024; `SystemCallError` when the kernel refuses an instance.
        public init() throws {
            descriptor = try Self.instance.withLock { instance in
                if instance.isTaken {
                    throw StokerError(.internalFault, "libinotifytools is already watching in this process")
                }
                let descriptor = try instance.descriptor ?? Self.initialise()
                instance = Instance(descriptor: descriptor, isTaken: true)
                return descriptor
            }
            recorder = Recorder(instance: descriptor)
        }

        /// Leaves the instance as if new to the next owner.
        deinit {
            recorder.watches.withLock { for watch in $0 { inotify_rm_watch(descriptor, watch) } }
            while inotifytools_next_events(0, 1) != nil {}
            Self.instance.withLock { $0.isTaken = false }
        }

        public var watchLimit: Int? {
            let limit = inotifytools_get_max_user_watches()
            return limit > 0 ? Int(limit) : nil
        }

        public func remove(_ watch: CInt) throws(Errno) {
            recorder.forget(watch)
            try InotifyOpening.remove(watch, from: descriptor)
        }

        public func drain(limit: Int) throws(Errno) -> [InotifyEvent] {
            var events: [InotifyEvent] = []
            while events.count < limit {
                guard let record = inotifytools_next_events(0, 1) else {
                    let failure = inotifytools_error()
                    if failure == 0 { break }
                    if failure == EINTR { continue }
                    throw Errno(rawValue: failure)
                }
                let name = UnsafeRawBufferPointer(
                    start: UnsafeRawPointer(record) + InotifyOpening.headerSize,
                    count: Int(record.pointee.len))
                let event = InotifyEvent(
                    watch: record.pointee.wd, mask: InotifyMask(rawValue: record.pointee.mask),
                    name: Array(name.prefix { $0 != 0 }))
                if event.mask.contains(.ignored) { recorder.forget(event.watch) }
                events.append(event)
            }
            return events
        }

        /// The library does not tell its descriptor: it is the inotify instance that was not open before.
        private static func initialise() throws -> CInt {
            try InotifyOpening.lock.withLock { _ in
                let before = try openInstances()
                guard inotifytools_initialize() != 0 else {
                    throw SystemCallError("open", "inotify", errno: Errno(rawValue: inotifytools_error()))
                }
                let new = try openInstances().subtracting(before)
                guard new.count == 1, let descriptor = new.first, descriptor < 1024 else {
                    throw StokerError(
                        .internalFault, "cannot use libinotifytools",
                        cause: "its descriptor is \(new.sorted()), and one below 1024 was expected",
                        nextStep: "start watching before other files are opened")
                }
                guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else {
                    throw SystemCallError.last("set close-on-exec on", "inotify")
                }
                return descriptor
            }
        }

        private static func openInstances() throws -> Set<CInt> {
            let directory = try DirectoryHandle(path: "/proc/self/fd")
            var instances: Set<CInt> = []
            var target = [CChar](repeating: 0, count: 64)
            for entry in try directory.entries() {
                guard let number = CInt(String(decoding: entry.name, as: UTF8.self)) else { continue }
                let length = readlink("/proc/self/fd/\(number)", &target, target.count)
                if length > 0, target[..<length].elementsEqual("anon_inode:inotify".utf8.map(CChar.init)) {
                    instances.insert(number)
                }
            }
            return instances
        }
    }
#endif
