import CLinux
import Glibc
import SystemPackage

/// Opens paths that had no symbolic links in them when it was judged whether a project may name them.
///
/// What is judged by its path and opened by it later must not lead somewhere else by then: a folder can have been
/// exchanged for a link out of the repository meanwhile. So no link is followed, wherever in the path it is.
enum ResolvedPath {
    /// - Throws: `SystemCallError`, with `ELOOP` for a symbolic link anywhere in the path.
    static func open(_ path: FilePath, _ flags: Int32, mode: mode_t = 0o600) throws(SystemCallError) -> Int32
    {
        let all = flags | O_CLOEXEC | O_NONBLOCK
        let descriptor =
            hasOpenat2
            ? openByKernel(path, all, mode: flags & O_CREAT == 0 ? 0 : mode)
            : openByComponents(path, all, mode: mode)
        if descriptor < 0 { throw .last("open", path.string) }
        return descriptor
    }

    /// Where a sandbox forbids the call it is forbidden for every path.
    private static let hasOpenat2: Bool = {
        let descriptor = stoker_open_without_links("/", stoker_o_path | O_CLOEXEC, 0)
        if descriptor >= 0 { close(descriptor) }
        return descriptor >= 0
    }()

    private static func openByKernel(_ path: FilePath, _ flags: Int32, mode: mode_t) -> Int32 {
        while true {
            let descriptor = path.withPlatformString { stoker_open_without_links($0, flags, mode) }
            if descriptor >= 0 || errno != EINTR { return descriptor }
        }
    }

    /// The same on older kernels. `errno` tells what went wrong.
    static func openByComponents(_ path: FilePath, _ flags: Int32, mode: mode_t) -> Int32 {
        guard let last = path.lastComponent else {
            return path.withPlatformString { Glibc.open($0, flags, mode) }
        }
        var folder = Glibc.open(path.isAbsolute ? "/" : ".", stoker_o_path | O_DIRECTORY | O_CLOEXEC)
        defer { if folder >= 0 { close(folder) } }
        for name in path.removingLastComponent().components {
            guard folder >= 0 else { return -1 }
            // With O_DIRECTORY a link would be told as no directory, which a file is too.
            let next = name.withPlatformString { openat(folder, $0, stoker_o_path | O_NOFOLLOW | O_CLOEXEC) }
            close(folder)
            folder = next
            if folder >= 0, isLink(folder) {
                errno = ELOOP
                return -1
            }
        }
        guard folder >= 0 else { return -1 }
        while true {
            let descriptor = last.withPlatformString { openat(folder, $0, flags | O_NOFOLLOW, mode) }
            if descriptor >= 0 { return descriptor }
            if errno == ENOTDIR {
                let found = last.withPlatformString {
                    openat(folder, $0, stoker_o_path | O_NOFOLLOW | O_CLOEXEC)
                }
                defer { if found >= 0 { close(found) } }
                errno = found >= 0 && isLink(found) ? ELOOP : ENOTDIR
            }
            if errno != EINTR { return -1 }
        }
    }

    private static func isLink(_ descriptor: Int32) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && FileStatus(status).kind == .symbolicLink
    }

    /// What to tell of a folder where no link was when it was judged, and what to do.
    static func words(onLinkAt folder: FilePath) -> (cause: String, nextStep: String) {
        (
            "\(folder), or a folder above it, has become a symbolic link",
            "run the command again, which reads where it leads now"
        )
    }

    /// Removes a file, if the one that has the name when its folder is open still is the wanted one. What is not there,
    /// or another one, is no error.
    static func remove(_ path: FilePath, if isWanted: (FileStatus) -> Bool) {
        guard let name = path.lastComponent?.string,
            let folder = try? HeldFile(resolved: path.removingLastComponent(), O_RDONLY | O_DIRECTORY),
            let status = try? FileStatus.of(name, below: folder.descriptor), isWanted(status)
        else { return }
        unlinkat(folder.descriptor, name, 0)
    }
}
