import Glibc
import SystemPackage

/// A file by which others know that its owner lives: locked from before it has its name until the owner lets it go or
/// dies, whatever ends it.
enum OwnersFile {
    /// Makes one, in the hands of this process.
    ///
    /// - Parameter folder: made where it is missing, for the user alone.
    static func make(_ name: String, in folder: FilePath, _ content: [UInt8]) throws -> HeldFile {
        try PrivateDirectory.create(folder)
        let path = folder.appending(name)
        let scratch = folder.appending(AtomicFile.scratchPrefix + name)
        do throws(SystemCallError) {
            let file = try HeldFile(scratch.string, O_RDWR | O_CREAT | O_EXCL)
            // Nobody who finds the file by its name may find it unlocked.
            guard flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 else {
                throw SystemCallError.last("lock", scratch.string)
            }
            try file.writeAll(content)
            guard rename(scratch.string, path.string) == 0 else {
                throw SystemCallError.last("write", path.string)
            }
            return file
        } catch {
            unlink(scratch.string)
            throw error.stokerError(.cannotWrite)
        }
    }

    /// Somebody's, to be read; `nil` when there is none, or one that cannot be believed.
    static func find(_ name: String, in folder: FilePath) -> HeldFile? {
        guard let file = try? HeldFile(folder.appending(name).string, O_RDONLY),
            let status = try? file.status(), status.kind == .file,
            ForeignFile.objection(to: status, in: folder) == nil
        else { return nil }
        return file
    }
}
