import Glibc
public import SystemPackage

/// Replaces files whole: by temporary file, fsync, rename, so that a reader, a crash or a full disk never
/// meets half a file.
public enum AtomicFile {
    /// What the names of temporary files begin with. They are never inputs of an image.
    public static let scratchPrefix = ".stoker-tmp-"

    /// Writes `bytes` to `path`.
    ///
    /// The temporary file's name is made from the target's, so that one left behind by a kill is replaced
    /// by the next write instead of piling up. Two writers of one path must therefore exclude each other.
    ///
    /// - Parameters:
    ///   - isResolved: whether the path was judged when it had no symbolic links in it, so that none may be followed.
    ///   - isDurable: whether it has to survive a power cut. What only holds until the next boot must
    ///     not be forced to the disk: many file systems then write everything else out with it.
    /// - Throws: `SystemCallError`; the old file is then as it was, and no temporary file is left.
    public static func write(
        _ bytes: some Collection<UInt8>, to path: FilePath, mode: CInterop.Mode = 0o644,
        isResolved: Bool = false, isDurable: Bool = true
    ) throws(SystemCallError) {
        let name = path.lastComponent?.string ?? ""
        let folder = path.removingLastComponent()
        let directory =
            isResolved
            ? try HeldFile(resolved: folder, O_RDONLY | O_DIRECTORY)
            : try HeldFile(folder.string.isEmpty ? "." : folder.string, O_RDONLY | O_DIRECTORY)
        let scratch = scratchPrefix + name
        guard unlinkat(directory.descriptor, scratch, 0) == 0 || errno == ENOENT else {
            throw .last("write", path.string)
        }
        do throws(SystemCallError) {
            let file = try HeldFile(
                scratch, O_WRONLY | O_CREAT | O_EXCL, mode: mode, below: directory.descriptor,
                named: path.string)
            try file.writeAll(bytes)
            if isDurable { try file.synchronize() }
            guard renameat(directory.descriptor, scratch, directory.descriptor, name) == 0 else {
                throw SystemCallError.last("write", path.string)
            }
        } catch {
            unlinkat(directory.descriptor, scratch, 0)
            throw SystemCallError("write", path.string, errno: error.errno)
        }
        // Without this a power cut may bring the old name back. A file system that cannot do it (EINVAL)
        // has nothing better to offer.
        if isDurable { fsync(directory.descriptor) }
    }
}
