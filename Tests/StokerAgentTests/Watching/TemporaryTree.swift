import Glibc
import StokerCore
import SystemPackage
import TestSupport

/// A directory of a test's own, removed with the value. Every call fails loudly, and speaks in bytes.
final class TemporaryTree: Sendable {
    let path: FilePath
    private let prefix: [CChar]

    init() {
        var template = Array("/tmp/stoker-watching-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "mkdtemp: \(errno)")
        path = FilePath(platformString: template)
        prefix = template.dropLast() + [CChar(bitPattern: UInt8(ascii: "/"))]
    }

    deinit { removeAll(BytePath.root) }

    func file(_ name: BytePath) -> FilePath { FilePath(platformString: text(name)) }

    /// The absolute path with its NUL; what FilePath would do with it takes its time in a debug build.
    private func text(_ name: BytePath) -> [CChar] {
        prefix + name.bytes.map { CChar(bitPattern: $0) } + [0]
    }

    private func bytes(_ name: BytePath) -> [UInt8] { text(name).dropLast().map(UInt8.init(bitPattern:)) }

    func makeDirectory(_ name: BytePath) {
        check(mkdir(text(name), 0o755), "mkdir", name)
    }

    func makeDirectories(_ name: BytePath) {
        var path = BytePath.root
        for component in name.components {
            path = path.appending(name: component)
            let made = mkdir(text(path), 0o755)
            precondition(made == 0 || errno == EEXIST, "mkdir \(path): \(errno)")
        }
    }

    /// Adds to a file's end; makes it where it is missing. Another process does it, so that the end of a
    /// child's copy of the descriptor is never heard later.
    func write(_ name: BytePath, _ text: String = "x") {
        FileWriter.shared.write(text.utf8, to: bytes(name), .appending)
    }

    func rename(_ old: BytePath, _ new: BytePath) { rename(old, to: file(new)) }

    func rename(_ old: BytePath, to new: FilePath) {
        check(
            file(old).withPlatformString { old in new.withPlatformString { Glibc.rename(old, $0) } },
            "rename", old)
    }

    func exchange(_ one: BytePath, _ other: BytePath) {
        // Swift does not import renameat2(2), nor RENAME_EXCHANGE, which is 2.
        typealias Rename =
            @convention(c) (CInt, UnsafePointer<CChar>, CInt, UnsafePointer<CChar>, CUnsignedInt) -> CInt
        let renameat2 = unsafeBitCast(dlsym(nil, "renameat2"), to: Rename.self)
        let result = file(one).withPlatformString { one in
            file(other).withPlatformString { renameat2(AT_FDCWD, one, AT_FDCWD, $0, 2) }
        }
        check(result, "renameat2", one)
    }

    func link(_ name: BytePath, to target: String) {
        check(file(name).withPlatformString { symlink(target, $0) }, "symlink", name)
    }

    func hardLink(_ name: BytePath, to existing: FilePath) {
        check(existing.withPlatformString { Glibc.link($0, text(name)) }, "link", name)
    }

    /// Writes over the beginning of a file that is there.
    func overwrite(_ name: BytePath, _ text: String) {
        FileWriter.shared.write(text.utf8, to: bytes(name), .over)
    }

    /// Writes the first byte of a file through a mapping, and nothing else.
    func overwriteMapped(_ name: BytePath) {
        let descriptor = open(text(name), O_RDWR | O_CLOEXEC)
        check(descriptor, "open", name)
        let mapped = mmap(nil, 4_096, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        precondition(mapped != MAP_FAILED, "mmap: \(errno)")
        close(descriptor)
        mapped?.storeBytes(of: 0x7A, as: UInt8.self)
        check(munmap(mapped, 4_096), "munmap", name)
    }

    func setMode(_ name: BytePath, _ mode: mode_t) {
        check(chmod(text(name), mode), "chmod", name)
    }

    func removeFile(_ name: BytePath) { check(unlink(text(name)), "unlink", name) }

    func removeDirectory(_ name: BytePath) {
        check(rmdir(text(name)), "rmdir", name)
    }

    func removeAll(_ name: BytePath) {
        for entry in entries(name) {
            let path = name.appending(name: entry)
            isDirectory(path) ? removeAll(path) : removeFile(path)
        }
        _ = rmdir(text(name))
    }

    /// Every directory below the root, and the root, as a cold listing finds them.
    func directories(where wanted: (BytePath) -> Bool = { _ in true }) -> Set<BytePath> {
        var found: Set<BytePath> = [.root]
        var rest = [BytePath.root]
        while let next = rest.popLast() {
            for entry in entries(next) {
                let path = next.appending(name: entry)
                if isDirectory(path), wanted(path) {
                    found.insert(path)
                    rest.append(path)
                }
            }
        }
        return found
    }

    func entries(_ name: BytePath) -> [[UInt8]] {
        guard let stream = opendir(text(name)) else { return [] }
        defer { closedir(stream) }
        var names: [[UInt8]] = []
        while let record = readdir(stream) {
            let text = UnsafeRawPointer(record) + 19
            let name = Array(
                UnsafeRawBufferPointer(start: text, count: strlen(text.assumingMemoryBound(to: CChar.self))))
            if name != [46], name != [46, 46] { names.append(name) }
        }
        return names
    }

    func isDirectory(_ name: BytePath) -> Bool {
        var status = stat()
        guard lstat(text(name), &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFDIR
    }

    private func check(_ result: CInt, _ call: String, _ name: BytePath) {
        precondition(result >= 0, "\(call) \(name): \(Errno(rawValue: errno))")
    }
}
