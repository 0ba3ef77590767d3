import Glibc
import SystemPackage

/// What of the machine a project's configuration may name.
///
/// A cloned repository must not be able to read the machine, nor to write to it. So whatever its
/// `stoker.yaml` names has to lie in the repository itself (the nearest folder with a `.git`, or without one
/// the project's own folder), or where the user's own configuration allows.
struct ProjectBoundary {
    let root: FilePath
    /// Folders that the user allows this project, absolute.
    let allowed: [FilePath]
    /// The user's home. A `.git` there or above it (dotfiles in git, etckeeper) is not the project's
    /// repository: it would open everything.
    let home: FilePath?
    /// Whose repositories above the project count.
    var trust = FolderTrust.current

    enum Refusal: Error, Equatable {
        /// With the place that the path leads to.
        case outside(FilePath)
        case danglingLink(FilePath)
        case unreachable(SystemCallError)
    }

    /// - Parameter path: Absolute and lexically normal; it need not exist.
    /// - Returns: Where it leads: free of symbolic links as far as it exists.
    func admit(_ path: FilePath) throws(Refusal) -> FilePath {
        let place = try Self.resolve(path)
        // The root first: most paths are in it, and finding the repository costs more.
        if place.isInside(root) || place.isInside(repository) { return place }
        for folder in allowed {
            let real = (try? Self.resolve(folder.lexicallyNormalized())) ?? folder
            if place.isInside(real) { return place }
        }
        throw .outside(place)
    }

    /// The repository that the project is in; without one, the project's own folder.
    var repository: FilePath { enclosingRepository ?? root }

    /// The nearest folder, from the root upwards, with a `.git`; above the root only where that is the person's own.
    var enclosingRepository: FilePath? {
        let home = home.map { (try? $0.resolvingSymbolicLinks()) ?? $0 }
        var folder = root
        while true {
            let parent = folder.removingLastComponent()
            if parent == folder || home?.isInside(folder) == true { return nil }
            if folder.appending(".git").fileStatus != nil,
                folder == root || trust.objection(to: ".git", in: folder) == nil
            {
                return folder
            }
            folder = parent
        }
    }

    /// Resolves as much as exists. A symbolic link that leads nowhere is refused, since it could lead
    /// anywhere by the time that it is followed.
    static func resolve(_ path: FilePath) throws(Refusal) -> FilePath {
        var existing = path
        var missing = [FilePath.Component]()
        while true {
            do {
                var place = try existing.resolvingSymbolicLinks()
                for component in missing.reversed() { place.append(component) }
                return place
            } catch {
                guard error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory else {
                    throw .unreachable(error)
                }
                if existing.fileStatus?.kind == .symbolicLink { throw .danglingLink(existing) }
                guard let last = existing.lastComponent else { throw .unreachable(error) }
                missing.append(last)
                existing = existing.removingLastComponent()
            }
        }
    }
}
