import Glibc
public import SystemPackage

/// The folder that git keeps of a working tree, found without running git: what a repository's own settings have git
/// run must not run because somebody builds there.
public struct GitFolder: Sendable, Equatable {
    /// The working tree's own folder, as long as the repository's settings do not name another one.
    public let worktree: FilePath
    public let path: FilePath

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
            let folder = GitFolder.folder(repository.appending(".git"), of: repository)
        else { return nil }
        (worktree, path) = (repository, folder)
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
        return GitFolder.contents(of: entry, limit: sizeLimit).flatMap(target).map { repository.pushing($0) }
    }

    /// A regular file's bytes; `nil` when it is missing, longer, or anything else by now, so it is opened without
    /// blocking and looked at again.
    static func contents(of file: FilePath, limit: Int) -> [UInt8]? {
        guard let file = try? HeldFile(file.string, O_RDONLY), (try? file.status())?.kind == .file else {
            return nil
        }
        return try? file.readAll(limit: limit)
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
}
