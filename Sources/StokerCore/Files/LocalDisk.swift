import Glibc

/// Tells file systems that only this machine writes from shares.
enum LocalDisk {
    /// By name, as mountinfo has it. Whatever is not among them may be written by other machines.
    private static let types: Set<String> = [
        "ext2", "ext3", "ext4", "xfs", "btrfs", "tmpfs", "ramfs", "f2fs", "zfs", "overlay",
    ]

    /// Far more than the longest tables of mounts.
    private static let sizeLimit = 1 << 24

    /// `false` also where it cannot be told.
    static func holds(_ file: HeldFile) -> Bool {
        guard let info = read("/proc/self/fdinfo/\(file.descriptor)"),
            let mount = info.split(separator: "\n").first(where: { $0.hasPrefix("mnt_id:") })?
                .split(whereSeparator: \.isWhitespace).last,
            let mounts = read("/proc/self/mountinfo")
        else { return false }
        return type(ofMount: mount, mounts).map(types.contains) ?? false
    }

    /// - Parameter mount: its number, in digits.
    static func type(ofMount mount: some StringProtocol, _ mounts: String) -> String? {
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            // Optional fields end with a dash; see proc_pid_mountinfo(5).
            guard fields.count > 6, fields[0] == mount, let dash = fields[6...].firstIndex(of: "-"),
                fields.indices.contains(dash + 1)
            else { continue }
            return String(fields[dash + 1])
        }
        return nil
    }

    private static func read(_ path: String) -> String? {
        (try? HeldFile(path, O_RDONLY).readAll(limit: sizeLimit)).map { String(decoding: $0, as: UTF8.self) }
    }
}
