import Glibc
import StokerCore
import SystemPackage

/// A visit of a whole tree, each entry after what is in it. Without recursion and with few descriptors: a tree may be
/// deeper than a thread's stack, or a process's limit of open files, allows.
struct FileTreeDescent {
    /// - Parameters:
    ///   - directory: the folder that the entry is in.
    ///   - name: of the entry, in that folder.
    typealias Body = (_ directory: Int32, _ name: [CChar], _ isDirectory: Bool) -> Void

    private struct Folder {
        /// In the folder above it.
        var name: [CChar]
        /// -1 as long as it is too far above to be held open.
        var descriptor: Int32
        var status: FileStatus
        /// The entries that are still to be visited.
        var rest: [[CChar]]
    }

    private static let openLimit = 64

    private let makesReadable: Bool
    private let body: Body
    /// From the root of the tree to where the visit is.
    private var folders: [Folder] = []

    static func visit(_ root: FilePath, makesReadable: Bool, _ body: Body) {
        withoutActuallyEscaping(body) { body in
            var descent = FileTreeDescent(makesReadable: makesReadable, body: body)
            descent.enter(
                root.withPlatformString { Array(UnsafeBufferPointer(start: $0, count: strlen($0) + 1)) })
            while descent.step() {}
        }
    }

    private init(makesReadable: Bool, body: @escaping Body) {
        self.makesReadable = makesReadable
        self.body = body
    }

    /// Of the folder that the visit is in.
    private var directory: Int32 { folders.last?.descriptor ?? AT_FDCWD }

    /// - Returns: whether there is more to do.
    private mutating func step() -> Bool {
        guard let last = folders.indices.last else { return false }
        if let name = folders[last].rest.popLast() {
            enter(name)
            return true
        }
        return leave()
    }

    private mutating func enter(_ name: [CChar]) {
        var status = stat()
        guard fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return }
        guard FileStatus(status).kind == .directory else { return body(directory, name, false) }
        if makesReadable { fchmodat(directory, name, 0o700, 0) }
        let descriptor = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
            if descriptor >= 0 { close(descriptor) }
            return body(directory, name, true)
        }
        folders.append(
            Folder(
                name: name, descriptor: descriptor, status: FileStatus(status),
                rest: FileTreeDescent.names(in: descriptor)))
        let far = folders.count - 1 - FileTreeDescent.openLimit
        if far >= 0 {
            close(folders[far].descriptor)
            folders[far].descriptor = -1
        }
    }

    /// - Returns: whether there is more to do.
    private mutating func leave() -> Bool {
        let left = folders.removeLast()
        defer { close(left.descriptor) }
        if let last = folders.indices.last, folders[last].descriptor < 0 {
            let above = openat(left.descriptor, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            var status = stat()
            // Somebody may have moved what is visited: then nothing above it is where it was.
            guard above >= 0, fstat(above, &status) == 0,
                FileStatus(status).isSameFile(as: folders[last].status)
            else {
                if above >= 0 { close(above) }
                for folder in folders where folder.descriptor >= 0 { close(folder.descriptor) }
                folders = []
                return false
            }
            folders[last].descriptor = above
        }
        body(directory, left.name, true)
        return !folders.isEmpty
    }

    /// All but `.` and `..`.
    private static func names(in directory: Int32) -> [[CChar]] {
        let copy = fcntl(directory, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0, let stream = fdopendir(copy) else {
            if copy >= 0 { close(copy) }
            return []
        }
        defer { closedir(stream) }
        var names: [[CChar]] = []
        while let entry = readdir(stream) {
            withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { name in
                    if strcmp(name, ".") == 0 || strcmp(name, "..") == 0 { return }
                    names.append(Array(UnsafeBufferPointer(start: name, count: strlen(name) + 1)))
                }
            }
        }
        return names
    }
}
