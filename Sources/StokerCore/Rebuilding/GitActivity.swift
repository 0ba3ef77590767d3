import Glibc
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

    /// A file in the place of the folder holds a path and nothing else.
    private static let sizeLimit = 16 << 10

    /// Finds the folder: the nearest `.git` from the project's folder upwards, below the user's home, or where a
    /// file of this name leads, as in additional worktrees and submodules. It holds as long as nobody makes, moves
    /// or removes a repository there.
    ///
    /// - Parameters:
    ///   - root: absolute and free of symbolic links.
    ///   - home: the user's; a `.git` in it or above it is none of the project's.
    /// - Returns: `nil` when the project is in no repository, or in one that is not understood.
    public init?(project root: FilePath, home: FilePath?) {
        let boundary = ProjectBoundary(root: root, allowed: [], home: home)
        guard let repository = boundary.enclosingRepository,
            let folder = GitActivity.folder(repository.appending(".git"), of: repository)
        else { return nil }
        lock = folder.appending("index.lock")
    }

    private static func folder(_ entry: FilePath, of repository: FilePath) -> FilePath? {
        switch entry.fileStatus?.kind {
        case .directory: return entry
        case .file: break
        case .symbolicLink:
            guard let place = try? entry.resolvingSymbolicLinks(), place.fileStatus?.kind == .directory else {
                return nil
            }
            return place
        default: return nil
        }
        // It may have become anything by now, so it is opened without blocking and looked at again.
        guard let file = try? HeldFile(entry.string, O_RDONLY), (try? file.status())?.kind == .file,
            let bytes = try? file.readAll(limit: sizeLimit)
        else { return nil }
        return target(bytes).map { repository.pushing($0) }
    }

    /// `gitdir: ../main/.git/worktrees/x` → the path, with line breaks at the end left out as git does it.
    static func target(_ bytes: [UInt8]) -> FilePath? {
        let prefix = Array("gitdir: ".utf8)
        guard bytes.starts(with: prefix) else { return nil }
        var path = bytes.dropFirst(prefix.count)
        while let last = path.last, last == 0x0A || last == 0x0D { path.removeLast() }
        guard !path.isEmpty, !path.contains(0) else { return nil }
        return FilePath(platformString: path.map { CChar(bitPattern: $0) } + [0])
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
