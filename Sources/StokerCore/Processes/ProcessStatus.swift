import Glibc

/// What `/proc/PID/stat` says of a process, as far as its death is proved by it; see proc_pid_stat(5).
struct ProcessStatus: Equatable {
    /// Ticks of the clock since the boot.
    var started: UInt64
    /// Whether the process has ended, and only its parent has not asked for its exit status yet.
    var hasEnded: Bool

    init(started: UInt64, hasEnded: Bool) {
        self.started = started
        self.hasEnded = hasEnded
    }

    /// `nil` when it cannot be read: other users' processes may be hidden.
    init?(ofProcess pid: Int32) {
        guard let bytes = try? HeldFile("/proc/\(pid)/stat", O_RDONLY).readAll(limit: 4096) else {
            return nil
        }
        self.init(line: bytes)
    }

    init?(line: [UInt8]) {
        // The name comes second, in parentheses, and may hold anything.
        guard let end = line.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = line[(end + 1)...].split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
        // From the third field on.
        guard fields.count > 19, let started = UInt64(String(decoding: fields[19], as: UTF8.self)) else {
            return nil
        }
        self.started = started
        // The main thread of a program may have ended while the others run.
        hasEnded = fields[0].elementsEqual("Z".utf8) && fields[17].elementsEqual("1".utf8)
    }
}
