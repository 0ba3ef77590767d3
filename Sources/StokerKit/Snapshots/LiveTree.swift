import Glibc
import StokerCore
import SystemPackage

/// A live tree to copy from, opened component by component so that a directory that is swapped for a link
/// in mid-copy leads nowhere.
final class LiveTree: Sendable {
    let root: FilePath
    private let rootDirectory: HeldFile

    init(_ root: FilePath) throws {
        self.root = root
        rootDirectory = try HeldFile(resolved: root, O_RDONLY | O_DIRECTORY)
    }

    /// Opens a regular file for reading.
    ///
    /// - Throws: `InputsMoved` when it is no longer there, or no longer a file.
    func open(file path: BytePath) throws -> HeldFile {
        var reader = Reader(self)
        let file = try reader.open(path)
        let own = fcntl(file.descriptor, F_DUPFD_CLOEXEC, 0)
        guard own >= 0 else { throw SystemCallError.last("open", path.description) }
        return HeldFile(descriptor: own, path: path.description)
    }

    /// Opens one file after the other, and keeps the folder of the last one open for its neighbours.
    struct Reader: ~Copyable {
        private let tree: LiveTree
        private var folder: OpenFile?
        private var folderPath = BytePath.root

        init(_ tree: LiveTree) { self.tree = tree }

        mutating func open(_ path: BytePath) throws -> OpenFile {
            guard let parent = path.parent else { throw InputsMoved(path: path) }
            if parent != folderPath { try enter(parent) }
            return try step(
                path.name, in: folder?.descriptor ?? tree.rootDirectory.descriptor, O_RDONLY, path)
        }

        private mutating func enter(_ path: BytePath) throws {
            var names = path.components[...]
            // A folder below the last one is reached from there.
            if path.isInside(folderPath) {
                names = names.dropFirst(folderPath.components.count)
            } else {
                leave()
            }
            do {
                for name in names {
                    let parent = folder?.descriptor ?? tree.rootDirectory.descriptor
                    folder = try step(name, in: parent, O_RDONLY | O_DIRECTORY, path)
                }
            } catch {
                leave()
                throw error
            }
            folderPath = path
        }

        private mutating func leave() {
            folder = nil
            folderPath = .root
        }

        private func step(
            _ name: ArraySlice<UInt8>, in directory: Int32, _ flags: Int32, _ path: BytePath
        ) throws -> OpenFile {
            let descriptor = withTerminated(name) {
                openat(directory, $0, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
            }
            if descriptor >= 0 { return OpenFile(adopting: descriptor) }
            switch errno {
            case ENOENT, ENOTDIR, ELOOP, ENXIO: throw InputsMoved(path: path)
            default:
                throw SystemCallError.last("read", "\(tree.root)/\(path)").stokerError(
                    .badInput, nextStep: "make it readable or add it to the ignore file")
            }
        }
    }
}
