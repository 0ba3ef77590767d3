public import SystemPackage

/// How much a watch sees.
public struct WatchReport: Sendable, Equatable {
    /// What is at the root's path.
    public enum Root: Sendable, Equatable {
        case watched
        /// Nothing there, or no directory, or one that cannot be opened; its return is noticed.
        case gone(Errno)
    }

    public internal(set) var root: Root
    /// Grows with every change. As long as it is the same after two fences, nothing has changed between them,
    /// provided that both reports are `isComplete`.
    public internal(set) var generation: UInt64
    /// Directories under watch.
    public internal(set) var watched: Int
    /// Directories that cannot be opened, and so far cannot be watched either.
    public internal(set) var unreadable: Int
    /// Directories that found no free watch. `watched + unwatched` watches are needed for this tree.
    public internal(set) var unwatched: Int
    /// Directories whose content is being looked at just now.
    public internal(set) var pending: Int
    /// How many watches the user may hold over all programs.
    public internal(set) var watchLimit: Int?
    /// How often the kernel's queue has overflowed while this tree was watched.
    public internal(set) var overflows: Int
    public internal(set) var trust: FileSystemTrust

    /// Whether no change can have been missed. If not, files have to be looked at before an answer.
    public var isComplete: Bool {
        root == .watched && unreadable == 0 && unwatched == 0 && pending == 0 && trust == .trusted
    }
}
