public import SystemPackage

/// Whether git is changing the files of a working tree at this moment: it holds a lock on its index while it does,
/// as in a checkout or a merge.
///
/// A hint, and no more: nothing but the moment of a build depends on it.
public struct GitActivity: Sendable, Equatable {
    /// How old a lock can be. One that a killed git has left must not hold anything up.
    public static let longest = Duration.seconds(30)

    /// `index.lock` in the folder that git keeps of this working tree.
    public let lock: FilePath

    /// - Parameters:
    ///   - root: absolute and free of symbolic links.
    ///   - home: the user's; a `.git` in it or above it is none of the project's.
    /// - Returns: `nil` when the project is in no repository, or in one that is not understood.
    public init?(project root: FilePath, home: FilePath?) {
        guard let folder = GitFolder(project: root, home: home) else { return nil }
        lock = folder.path.appending("index.lock")
    }

    /// How much longer git may hold its lock, as things are at this moment; `nil` when it holds none.
    ///
    /// What is in the lock's place and no regular file is none, nor is one from the future, whose age nobody knows.
    ///
    /// - Parameter now: nanoseconds since 1970.
    public func remaining(now: Int64 = WallClock.nanoseconds()) -> Duration? {
        guard let status = lock.fileStatus, status.kind == .file, status.modified <= now else { return nil }
        let (age, isTooOld) = now.subtractingReportingOverflow(status.modified)
        guard !isTooOld else { return nil }
        let remaining = GitActivity.longest - .nanoseconds(age)
        return remaining > .zero ? remaining : nil
    }
}
