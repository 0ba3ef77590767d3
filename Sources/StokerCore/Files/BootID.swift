import Glibc

/// Which boot of the machine this is.
///
/// What Stoker remembers of files is not forced to the disk together with them: after a power cut a file may
/// have its new stamps and its old bytes. So a memory of another boot is thrown away.
public enum BootID {
    /// As the kernel writes it, a UUID; a text that no other boot has where it cannot be read.
    public static let current: String = {
        let bytes = try? HeldFile("/proc/sys/kernel/random/boot_id", O_RDONLY).readAll(limit: 100)
        let text = String(decoding: bytes ?? [], as: UTF8.self).filter { $0.isHexDigit || $0 == "-" }
        return text.isEmpty ? "unknown-\(UInt64.random(in: .min ... .max))" : text
    }()

    /// Whether `current` is the kernel's word.
    static var isKnown: Bool { !current.hasPrefix("unknown-") }
}
