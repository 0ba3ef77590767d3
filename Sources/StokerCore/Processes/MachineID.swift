import Glibc

/// What tells this installation of a system from all others.
public enum MachineID {
    /// As /etc/machine-id has it; `nil` where there is none, as in most containers.
    public static let text: String? = {
        guard let bytes = try? HeldFile("/etc/machine-id", O_RDONLY).readAll(limit: 4096) else { return nil }
        return String(decoding: bytes.filter { $0 > 0x20 }, as: UTF8.self)
    }()

    /// The same for others to compare and not to know: machine-id(5) asks not to hand out the ID itself. 64 hex
    /// digits; `nil` also for what is no ID, such as the `uninitialized` of a system that is being installed.
    public static let digest: String? = {
        guard let text, text.utf8.count == 32, text.allSatisfy(\.isHexDigit),
            text.contains(where: { $0 != "0" })
        else { return nil }
        var fields = FieldHasher()
        fields.add("stoker machine 1")
        fields.add(text)
        return fields.finish().hex
    }()
}
