import Glibc
import StokerCore

/// Which boot of the machine this is.
enum BootID {
    /// As the kernel writes it, a UUID; a text that no other boot has where it cannot be read.
    static let current: String = {
        let bytes = try? HeldFile("/proc/sys/kernel/random/boot_id", O_RDONLY).readAll(limit: 100)
        let text = String(decoding: bytes ?? [], as: UTF8.self).filter { $0.isHexDigit || $0 == "-" }
        return text.isEmpty ? "unknown-\(UInt64.random(in: .min ... .max))" : text
    }()
}
