import Glibc
import StokerCore
import SystemPackage

/// A live tree to copy from, opened component by component so that a directory that is swapped for a link
/// in mid-copy leads nowhere.
final class LiveTree {
    let root: FilePath
    private let rootDirectory: HeldFile
    private var nearest: (path: BytePath, directory: HeldFile)

    init(_ root: FilePath) throws {
        self.root = root
        // The root itself may be reached through links: it is the person's own word.
        let descriptor = Glibc.open(root.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemCallError.last("open", root.string) }
        rootDirectory = HeldFile(descriptor: descriptor, path: root.string)
        nearest = (.root, rootDirectory)
    }

    /// Opens a regular file for reading.
    ///
    /// - Throws: `InputsMoved` when it is no longer there, or no longer a file.
    func open(file path: BytePath) throws -> HeldFile {
        guard let parent = path.parent else { throw InputsMoved(path: path) }
        let directory = try directory(parent)
        return try step(path.name, in: directory, O_RDONLY, path)
    }

    private func directory(_ path: BytePath) throws -> HeldFile {
        if nearest.path == path { return nearest.directory }
        var current = rootDirectory
        for name in path.components { current = try step(name, in: current, O_RDONLY | O_DIRECTORY, path) }
        nearest = (path, current)
        return current
    }

    private func step(_ name: ArraySlice<UInt8>, in directory: HeldFile, _ flags: Int32, _ path: BytePath)
        throws -> HeldFile
    {
        var bytes = name.map(CChar.init(bitPattern:))
        bytes.append(0)
        let descriptor = openat(directory.descriptor, bytes, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        if descriptor >= 0 { return HeldFile(descriptor: descriptor, path: path.description) }
        switch errno {
        case ENOENT, ENOTDIR, ELOOP, ENXIO: throw InputsMoved(path: path)
        default:
            throw SystemCallError.last("read", "\(root)/\(path)").stokerError(
                .badInput, nextStep: "make it readable or add it to the ignore file")
        }
    }
}
