import Glibc
import StokerCore

/// What tells this machine, or container, from others.
enum MachineIdentity {
    static let text = (machineID ?? "") + "/" + (LockHolder.hostName)

    private static var machineID: String? {
        guard let bytes = try? HeldFile("/etc/machine-id", O_RDONLY).readAll(limit: 4096) else { return nil }
        return String(decoding: bytes.filter { $0 > 0x20 }, as: UTF8.self)
    }
}
