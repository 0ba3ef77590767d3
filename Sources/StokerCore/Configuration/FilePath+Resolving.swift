import Glibc
import SystemPackage

extension FilePath {
    /// realpath(3): absolute, without symbolic links, `.` and `..`; relative paths start at the current
    /// directory. Everything in it must exist.
    func resolvingSymbolicLinks() throws(SystemCallError) -> FilePath {
        let resolved = withPlatformString { realpath($0, nil) }
        guard let resolved else { throw .last("resolve", printable) }
        defer { free(resolved) }
        return FilePath(platformString: resolved)
    }

    /// lstat(2); `nil` when there is nothing, or nothing that may be looked at.
    var fileStatus: FileStatus? { linkStatus(self) }

    /// Whether the path is `folder` or lies below it, by its components alone.
    func isInside(_ folder: FilePath) -> Bool { starts(with: folder) }
}

// Outside of the extension, where `stat` names swift-system's own method.
private func linkStatus(_ path: FilePath) -> FileStatus? {
    var status = stat()
    guard path.withPlatformString({ lstat($0, &status) }) == 0 else { return nil }
    return FileStatus(status)
}
