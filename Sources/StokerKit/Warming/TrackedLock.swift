import StokerCore
import SystemPackage

/// Finds locks that somebody has committed: a checkout would bring back a lock that nobody holds, and each build would
/// be a change of the working tree.
enum TrackedLock {
    /// What to tell of the image's lock, and of those that other tools make in its place; `nil` when git tracks none of
    /// them, or its index is not understood.
    static func warning(_ image: ImageSettings, project: FilePath) -> String? {
        guard let folder = GitFolder(project: project, home: nil), let index = GitIndex(folder) else {
            return nil
        }
        var files = [image.lock]
        for name in [".docker_build.lock", ".docker_build.marker"]
        where !files.contains(project.appending(name)) {
            files.append(project.appending(name))
        }
        let locks = Dictionary(
            files.compactMap { file in BytePath(of: file, in: folder.worktree).map { ($0, file) } }
        ) { first, _ in first }
        let names = index.paths.compactMap { path in
            locks[path].flatMap { BytePath(of: $0, in: project)?.description }
        }
        guard !names.isEmpty else { return nil }
        let words = names.joined(separator: " ")
        return "git tracks \(words), so a checkout can bring back a lock that nobody holds; run "
            + "`git rm --cached \(words)`, and add \(names.count == 1 ? "it" : "them") to .gitignore"
    }
}
