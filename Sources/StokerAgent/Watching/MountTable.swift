import Glibc
import StokerCore
import SystemPackage

/// The mounts of this process, read again only when one has come or gone.
///
/// inotify does not tell of a mount: what lies on a watched directory from then on is another directory.
final class MountTable {
    private let descriptor: CInt
    /// As /proc/self/mountinfo has it; `nil` when it cannot be read.
    private(set) var content: [UInt8]?
    /// Grows with each reading.
    private(set) var revision = 0

    init() { descriptor = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC) }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func refresh() {
        // Asked first: what changes during the reading is read again.
        let isOutdated = hasChanged
        guard isOutdated || content == nil else { return }
        content = try? ProcessFile.read("/proc/self/mountinfo")
        revision += 1
    }

    /// The kernel says so once after each change.
    private var hasChanged: Bool {
        var state = pollfd(fd: descriptor, events: Int16(POLLPRI), revents: 0)
        return descriptor < 0 || poll(&state, 1, 0) != 0
    }
}
