import Foundation
import Glibc
import StokerCore
@testable import StokerKit
import Synchronization
import SystemPackage

/// A project and a cache in a folder of a test's own; both go with it.
final class TestProject: Sendable {
    let folder: FilePath
    /// The project's folder, which is the build context.
    let root: FilePath
    let cache: FilePath

    init() {
        let base = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        var template = Array("\(base)/stoker-kit-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no temporary directory in \(base)")
        folder = FilePath(platformString: template)
        root = folder.appending("project")
        cache = folder.appending("cache")
        for path in [root, cache] { precondition(mkdir(path.string, 0o755) == 0) }
    }

    deinit { FileTree.remove(folder) }

    func path(_ name: String) -> FilePath { name.isEmpty ? root : root.pushing(FilePath(name)) }

    func write(_ name: String, _ text: String = "", mode: mode_t = 0o644) {
        write(name, bytes: Array(text.utf8), mode: mode)
    }

    /// In place, as an editor that truncates does.
    func write(_ name: String, bytes: [UInt8], mode: mode_t = 0o644) {
        let descriptor = open(path(name).string, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        precondition(descriptor >= 0, "cannot write \(name): \(errno)")
        defer { close(descriptor) }
        precondition(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
        precondition(fchmod(descriptor, mode) == 0)
    }

    func folder(_ name: String, mode: mode_t = 0o755) {
        precondition(mkdir(path(name).string, mode) == 0, "cannot make \(name): \(errno)")
    }

    func link(_ name: String, to target: String) {
        precondition(symlink(target, path(name).string) == 0, "cannot link \(name): \(errno)")
    }

    func chmod(_ name: String, _ mode: mode_t) {
        precondition(Glibc.chmod(path(name).string, mode) == 0)
    }

    func move(_ name: String, to other: String) {
        precondition(rename(path(name).string, path(other).string) == 0, "cannot move \(name): \(errno)")
    }

    func remove(_ name: String) { FileTree.remove(path(name)) }

    func status(_ name: String) -> FileStatus {
        var raw = stat()
        precondition(lstat(path(name).string, &raw) == 0, "cannot stat \(name): \(errno)")
        return FileStatus(raw)
    }

    /// Sets the modification time, in nanoseconds since 1970.
    func touch(_ name: String, modified: Int64) {
        let second: Int64 = 1_000_000_000
        let rest = (modified % second + second) % second
        let time = timespec(tv_sec: Int((modified - rest) / second), tv_nsec: Int(rest))
        precondition(utimensat(AT_FDCWD, path(name).string, [time, time], AT_SYMLINK_NOFOLLOW) == 0)
    }

    /// New bytes of the same length under the old modification time: what a builder overlooks.
    func replaceUnnoticeably(_ name: String, _ text: String) {
        let before = status(name)
        precondition(before.size == text.utf8.count)
        write(name, text, mode: mode_t(before.permissions))
        touch(name, modified: before.modified)
    }

    func image(
        tag: String = "stoker-test:none", dockerfile: String = "Dockerfile", context: String = "",
        buildContexts: [String: BuildContext] = [:]
    ) -> ImageSettings {
        ImageSettings(
            name: "default", tag: tag, dockerfile: path(dockerfile), context: path(context), network: "none",
            buildContexts: buildContexts, record: path(".docker_test_cache.json"),
            lock: path(".docker_build.lock"))
    }

    func request(_ image: ImageSettings? = nil) -> WarmRequest {
        let image = image ?? self.image()
        return WarmRequest(image: image, ownFiles: [image.record, image.lock], via: .local, command: "test")
    }
}

/// Does the same thing again and again on a thread of its own until it is stopped.
final class Repetition: Sendable {
    private let isStopped = Atomic(false)
    private let end = DispatchSemaphore(value: 0)

    init(_ work: @escaping @Sendable () -> Void) {
        Thread.detachNewThread { [self] in
            while !isStopped.load(ordering: .relaxed) { work() }
            end.signal()
        }
    }

    /// Returns when nothing is done any more.
    func stop() {
        isStopped.store(true, ordering: .relaxed)
        end.wait()
    }
}
