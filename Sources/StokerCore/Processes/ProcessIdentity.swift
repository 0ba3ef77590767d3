import Glibc

/// What a process leaves of itself so that others can prove its death: its number alone proves nothing, since
/// numbers are given again, and containers and machines each have their own.
public struct ProcessIdentity: Codable, Sendable, Equatable {
    /// As `MachineID.digest`.
    public var machine: String
    /// As `BootID.current`.
    public var boot: String
    /// The inode of `/proc/self/ns/pid`.
    public var pidNamespace: UInt64
    /// The inode of `/proc/self/ns/time`, by whose clock `started` is told; 0 where the kernel has no such thing.
    public var timeNamespace: UInt64
    public var pid: Int32
    /// Ticks of the clock since the boot: field 22 of `/proc/PID/stat`.
    public var started: UInt64

    enum CodingKeys: String, CodingKey {
        case machine, boot, pid, started
        case pidNamespace = "pid_namespace"
        case timeNamespace = "time_namespace"
    }

    public init(
        machine: String, boot: String, pidNamespace: UInt64, timeNamespace: UInt64, pid: Int32,
        started: UInt64
    ) {
        self.machine = machine
        self.boot = boot
        self.pidNamespace = pidNamespace
        self.timeNamespace = timeNamespace
        self.pid = pid
        self.started = started
    }

    /// This process; `nil` where it cannot be told for certain, as without a machine ID, or with the `/proc` of
    /// another PID namespace, in which our number means somebody else.
    public static let current: ProcessIdentity? = {
        guard let machine = MachineID.digest, BootID.isKnown, seesOwnProcesses,
            let namespace = namespace("pid"), let status = ProcessStatus(ofProcess: getpid())
        else { return nil }
        return ProcessIdentity(
            machine: machine, boot: BootID.current, pidNamespace: namespace,
            timeNamespace: ProcessIdentity.namespace("time") ?? 0, pid: getpid(), started: status.started)
    }()

    /// Of a process that this one has started, and not waited for yet; `nil` when it cannot be told.
    public func child(_ pid: Int32) -> ProcessIdentity? {
        guard let status = ProcessStatus(ofProcess: pid) else { return nil }
        var child = self
        child.pid = pid
        child.started = status.started
        return child
    }

    /// Whether `/proc` is that of our PID namespace, so that a number means the same process there and to the kernel.
    public static var seesOwnProcesses: Bool { ownNumberInProc == getpid() }

    private static var ownNumberInProc: Int32? {
        var buffer = [CChar](repeating: 0, count: 32)
        let count = readlink("/proc/self", &buffer, buffer.count - 1)
        guard count > 0 else { return nil }
        return Int32(String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self))
    }

    private static func namespace(_ name: String) -> UInt64? {
        var status = stat()
        return stat("/proc/self/ns/" + name, &status) == 0 ? UInt64(status.st_ino) : nil
    }
}
