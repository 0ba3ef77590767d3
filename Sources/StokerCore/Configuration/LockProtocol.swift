/// How those who build an image exclude each other.
public enum LockProtocol: String, Sendable, CaseIterable {
    /// A `flock` on the lock file, which ends with its holder. It holds among the processes of one Linux machine.
    case flock
    /// A marker file, made by exclusive creation: for folders that are shared with Windows or with other machines.
    case marker
}
