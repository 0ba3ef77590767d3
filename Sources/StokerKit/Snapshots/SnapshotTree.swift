import Glibc
import StokerCore
import SystemPackage

/// The copy's own folder, and what can be done to paths below it. Whoever holds the snapshot is the only one
/// who changes it, and a path's folders are there, as folders, before the path is touched.
struct SnapshotTree: Sendable {
    private let root: FilePath
    private let directory: HeldFile

    init(_ root: FilePath) throws(SystemCallError) {
        self.root = root
        directory = try HeldFile(root.string, O_RDONLY | O_DIRECTORY)
    }

    func makeFolder(_ path: BytePath) throws {
        try withTerminated(path.bytes) {
            try check(mkdirat(directory.descriptor, $0, 0o700), "create", path)
        }
    }

    /// What is not there is fine; a folder has to be empty.
    func remove(_ path: BytePath) throws {
        try withTerminated(path.bytes) {
            if unlinkat(directory.descriptor, $0, 0) == 0 || errno == ENOENT { return }
            try check(unlinkat(directory.descriptor, $0, AT_REMOVEDIR), "remove", path)
        }
    }

    /// Makes `path` a hard link of a file that is there, in place of what was there.
    func makeHardLink(_ path: BytePath, to first: BytePath) throws {
        try remove(path)
        try withTerminated(path.bytes) { new in
            try withTerminated(first.bytes) { old in
                try check(linkat(directory.descriptor, old, directory.descriptor, new, 0), "link", path)
            }
        }
    }

    /// - Parameter mode: as in `st_mode`; the type is left out.
    func setMode(_ path: BytePath, _ mode: UInt32) throws {
        try withTerminated(path.bytes) {
            try check(fchmodat(directory.descriptor, $0, mode_t(mode & 0o7777), 0), "chmod", path)
        }
    }

    /// Gives a folder its mode and attributes, and takes away those that it had.
    ///
    /// - Parameter mode: as in `st_mode`; the type is left out.
    func setMode(_ path: BytePath, _ mode: UInt32, _ attributes: ExtendedAttributes) throws {
        // Without the right to write there is none to set attributes.
        try setMode(path, 0o700)
        let folder = try openFolder(path)
        try ExtendedAttributes.remove(from: folder.descriptor, path)
        try attributes.set(on: folder.descriptor, path) { try setMode(path, mode) }
    }

    /// Takes the access lists away that what is made in a folder would inherit.
    func removeAttributes(_ path: BytePath) throws {
        let folder = try openFolder(path)
        try ExtendedAttributes.remove(from: folder.descriptor, path)
    }

    private func openFolder(_ path: BytePath) throws -> OpenFile {
        let descriptor = withTerminated(path.bytes) {
            openat(directory.descriptor, $0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        }
        guard descriptor >= 0 else { throw failure("open", path) }
        return OpenFile(adopting: descriptor)
    }

    /// - Parameter nanoseconds: since 1970.
    func setTime(_ path: BytePath, _ nanoseconds: Int64) throws {
        let times = SnapshotTree.times(nanoseconds)
        try withTerminated(path.bytes) {
            let result = utimensat(directory.descriptor, $0, times, AT_SYMLINK_NOFOLLOW)
            try check(result, "set the time of", path)
        }
    }

    func status(_ path: BytePath) throws -> FileStatus {
        var status = stat()
        try withTerminated(path.bytes) {
            let result = fstatat(directory.descriptor, $0, &status, AT_SYMLINK_NOFOLLOW)
            try check(result, "stat", path)
        }
        return FileStatus(status)
    }

    /// Both of a file's times.
    private static func times(_ nanoseconds: Int64) -> [timespec] {
        var (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        if rest < 0 { (seconds, rest) = (seconds - 1, rest + 1_000_000_000) }
        let time = timespec(tv_sec: time_t(seconds), tv_nsec: Int(rest))
        return [time, time]
    }

    /// Whether nothing below the folder has been touched since the manifest was made. A folder's change time
    /// tells what has come into it or gone.
    func isAsNoted(_ manifest: SnapshotManifest) -> Bool {
        struct Touched: Error {}
        let result: Void? = manifest.records.withUnsafeBufferPointer { records in
            manifest.paths.withUnsafeBytes { paths in
                try? ParallelRuns.forEach(records.count, run: 512, makeWorker: { stat() }) { status, number in
                    let record = records[number]
                    // There is one entry at least, so there are paths.
                    let path = paths.baseAddress!.advanced(by: Int(record.pathOffset))
                    let result = fstatat(
                        directory.descriptor, path.assumingMemoryBound(to: CChar.self), &status,
                        AT_SYMLINK_NOFOLLOW)
                    guard result == 0, UInt64(status.st_ino) == record.entry.inode,
                        FileStatus(status).changed == record.entry.changed
                    else { throw Touched() }
                }
            }
        }
        return result != nil
    }

    private func check(_ result: Int32, _ call: String, _ path: BytePath) throws {
        if result != 0 { throw failure(call, path) }
    }

    fileprivate func failure(_ call: String, _ path: BytePath) -> StokerError {
        SystemCallError.last(call, "\(root)/\(path)").stokerError(.cannotWrite)
    }
}

extension SnapshotTree {
    /// Makes one entry after the other, and keeps the folder of the last one open for its neighbours.
    struct Writer: ~Copyable {
        private let tree: SnapshotTree
        private var folder: OpenFile?
        private var folderPath: BytePath?

        init(_ tree: SnapshotTree) { self.tree = tree }

        private mutating func enter(_ path: BytePath) throws -> Int32 {
            let parent = path.parent ?? .root
            if parent != folderPath {
                let descriptor = withTerminated(parent.isRoot ? [UInt8(ascii: ".")] : parent.bytes) {
                    openat(
                        tree.directory.descriptor, $0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                }
                guard descriptor >= 0 else { throw tree.failure("open", parent) }
                folder = OpenFile(adopting: descriptor)
                folderPath = parent
            }
            return folder?.descriptor ?? tree.directory.descriptor
        }

        /// A new file, for its owner alone, that takes the place of what was there.
        mutating func makeFile(_ path: BytePath, replacing: Bool) throws -> OpenFile {
            let folder = try enter(path)
            let descriptor = try withTerminated(path.name) { name in
                if replacing { try remove(name, in: folder, path) }
                let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
                return openat(folder, name, flags, 0o600)
            }
            guard descriptor >= 0 else { throw tree.failure("write", path) }
            return OpenFile(adopting: descriptor)
        }

        mutating func makeLink(_ path: BytePath, to target: [UInt8]) throws {
            let folder = try enter(path)
            try withTerminated(path.name) { name in
                try remove(name, in: folder, path)
                try withTerminated(target) {
                    guard symlinkat($0, folder, name) == 0 else { throw tree.failure("create", path) }
                }
            }
        }

        /// A FIFO or a device.
        mutating func makeNode(_ path: BytePath, mode: UInt32, device: UInt64) throws {
            let folder = try enter(path)
            try withTerminated(path.name) { name in
                try remove(name, in: folder, path)
                guard mknodat(folder, name, mode_t(mode), dev_t(device)) == 0 else {
                    throw StokerError(
                        .badInput, "cannot copy the device \(path)", cause: String(cString: strerror(errno)),
                        nextStep: "add it to the ignore file")
                }
            }
        }

        func write(_ bytes: UnsafeRawBufferPointer, to file: borrowing OpenFile, _ path: BytePath) throws {
            var rest = bytes
            while let start = rest.baseAddress, !rest.isEmpty {
                let count = Glibc.write(file.descriptor, start, rest.count)
                if count < 0 {
                    if errno == EINTR { continue }
                    throw tree.failure("write", path)
                }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }

        /// Gives a file that was just written its mode, attributes and time, and says how it is then.
        func finish(
            _ file: borrowing OpenFile, _ path: BytePath, mode: UInt32, attributes: ExtendedAttributes,
            modified: Int64
        ) throws -> FileStatus {
            try attributes.set(on: file.descriptor, path) {
                guard fchmod(file.descriptor, mode_t(mode & 0o7777)) == 0 else {
                    throw tree.failure("chmod", path)
                }
            }
            guard futimens(file.descriptor, SnapshotTree.times(modified)) == 0 else {
                throw tree.failure("set the time of", path)
            }
            var status = stat()
            guard fstat(file.descriptor, &status) == 0 else { throw tree.failure("stat", path) }
            return FileStatus(status)
        }

        /// The same for what is there already. A symbolic link has no mode of its own.
        mutating func finish(_ path: BytePath, mode: UInt32, modified: Int64) throws -> FileStatus {
            let folder = try enter(path)
            return try withTerminated(path.name) { name in
                if FileStatus.kind(ofMode: mode) != .symbolicLink {
                    guard fchmodat(folder, name, mode_t(mode & 0o7777), 0) == 0 else {
                        throw tree.failure("chmod", path)
                    }
                }
                guard utimensat(folder, name, SnapshotTree.times(modified), AT_SYMLINK_NOFOLLOW) == 0 else {
                    throw tree.failure("set the time of", path)
                }
                var status = stat()
                guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
                    throw tree.failure("stat", path)
                }
                return FileStatus(status)
            }
        }

        private func remove(_ name: UnsafePointer<CChar>, in folder: Int32, _ path: BytePath) throws {
            guard unlinkat(folder, name, 0) == 0 || errno == ENOENT else {
                throw tree.failure("remove", path)
            }
        }
    }
}
