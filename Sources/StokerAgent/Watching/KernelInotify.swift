import Glibc
import StokerCore
import Synchronization
public import SystemPackage

/// inotify by the kernel's own calls.
public final class KernelInotify: InotifySource {
    public let descriptor: CInt
    public let adder: any WatchAdder
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 8)

    /// - Throws: `SystemCallError`; `EMFILE` when the user's instances (`max_user_instances`) are used up.
    public init() throws {
        descriptor = InotifyOpening.lock.withLock { _ in
            inotify_init1(CInt(IN_NONBLOCK) | CInt(IN_CLOEXEC))
        }
        let failure = Errno(rawValue: errno)
        adder = InotifyAdder(instance: descriptor)
        guard descriptor >= 0 else { throw SystemCallError("open", "inotify", errno: failure) }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        buffer.deallocate()
    }

    public var watchLimit: Int? {
        let text = try? ProcessFile.read("/proc/sys/fs/inotify/max_user_watches")
        return text.flatMap { Int(String(decoding: $0.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)) }
    }

    public func remove(_ watch: CInt) throws(Errno) {
        try InotifyOpening.remove(watch, from: descriptor)
    }

    public func drain(limit: Int) throws(Errno) -> [InotifyEvent] {
        var events: [InotifyEvent] = []
        while events.count < limit {
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                if errno == EAGAIN { break }
                throw Errno(rawValue: errno)
            }
            append(buffer[..<count], to: &events)
        }
        return events
    }

    private func append(_ bytes: Slice<UnsafeMutableRawBufferPointer>, to events: inout [InotifyEvent]) {
        let records = UnsafeRawBufferPointer(rebasing: bytes)
        var offset = 0
        while offset + InotifyOpening.headerSize <= records.count {
            let length = Int(records.loadUnaligned(fromByteOffset: offset + 12, as: UInt32.self))
            let name = records[(offset + InotifyOpening.headerSize)...].prefix(length)
            events.append(
                InotifyEvent(
                    watch: records.loadUnaligned(fromByteOffset: offset, as: CInt.self),
                    mask: InotifyMask(
                        rawValue: records.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)),
                    name: Array(name.prefix { $0 != 0 })))
            offset += InotifyOpening.headerSize + length
        }
    }
}

/// The kernel's call.
struct InotifyAdder: WatchAdder {
    let instance: CInt

    func add(_ file: FileDescriptor, mask: InotifyMask) throws(Errno) -> CInt {
        try InotifyOpening.add(file, mask: mask, to: instance)
    }
}

/// What both bindings do alike.
enum InotifyOpening {
    /// Held while an instance is opened, since the library's descriptor is known only as the one that is new.
    static let lock = Mutex<Void>(())

    /// `sizeof(struct inotify_event)`; the name follows.
    static let headerSize = 16

    /// By number where /proc knows it, which saves the kernel a link to follow at each watch.
    private static let descriptors: String = {
        var target = [CChar](repeating: 0, count: 32)
        let length = readlink("/proc/self", &target, target.count)
        let digits = target.prefix(max(length, 0)).map(UInt8.init(bitPattern:))
        return "/proc/\(length > 0 ? String(decoding: digits, as: UTF8.self) : "self")/fd/"
    }()

    /// Through the descriptor's link in /proc, so that neither the path's length nor a rename matters.
    static func add(
        _ file: FileDescriptor, mask: InotifyMask, to instance: CInt
    ) throws(Errno) -> CInt {
        let watch = inotify_add_watch(instance, descriptors + String(file.rawValue), mask.rawValue)
        guard watch >= 0 else { throw Errno(rawValue: errno) }
        return watch
    }

    static func remove(_ watch: CInt, from instance: CInt) throws(Errno) {
        guard inotify_rm_watch(instance, watch) == 0 else { throw Errno(rawValue: errno) }
    }
}
