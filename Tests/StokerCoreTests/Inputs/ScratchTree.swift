import Foundation
import Glibc
@testable import StokerCore
import SystemPackage
import TestSupport

/// A folder of a test's own, removed with it.
final class ScratchTree: Sendable {
    let root: FilePath

    init() {
        let base = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        var template = Array("\(base)/stoker-inputs-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no temporary directory in \(base)")
        root = FilePath(platformString: template)
    }

    deinit { ScratchTree.remove(root) }

    /// Removes trees of any depth: names too long for one path are reached by moving them up first.
    static func remove(_ path: FilePath) {
        _ = try? Command("rm", "-rf", path.string)
    }

    func path(_ name: String) -> FilePath { name.isEmpty ? root : root.pushing(FilePath(name)) }

    func write(_ name: String, _ text: String = "", mode: mode_t = 0o644) {
        let descriptor = open(path(name).string, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        precondition(descriptor >= 0, "cannot write \(name): \(errno)")
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        precondition(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    }

    func folder(_ name: String, mode: mode_t = 0o755) {
        precondition(mkdir(path(name).string, mode) == 0, "cannot make \(name): \(errno)")
    }

    func link(_ name: String, to target: String) {
        precondition(symlink(target, path(name).string) == 0, "cannot link \(name): \(errno)")
    }

    func status(_ name: String) -> FileStatus {
        var raw = stat()
        precondition(lstat(path(name).string, &raw) == 0, "cannot stat \(name): \(errno)")
        return FileStatus(raw)
    }

    /// Sets the modification time, in nanoseconds since 1970.
    func touch(_ name: String, modified: Int64) {
        let time = timespec(tv_sec: Int(modified / 1_000_000_000), tv_nsec: Int(modified % 1_000_000_000))
        precondition(utimensat(AT_FDCWD, path(name).string, [time, time], AT_SYMLINK_NOFOLLOW) == 0)
    }

    func image(
        dockerfile: String = "Dockerfile", context: String = "", target: String? = nil,
        buildContexts: [String: BuildContext] = [:]
    ) -> ImageSettings {
        ImageSettings(
            name: "default", tag: "t:latest", dockerfile: path(dockerfile), context: path(context),
            target: target, buildContexts: buildContexts, record: path(".docker_test_cache.json"),
            lock: path(".docker_build.lock"))
    }

    func walk(_ lines: [String] = [], ownFiles: Set<BytePath> = []) throws -> [String] {
        try ContextWalk(root: root, matcher: matcher(lines), ownFiles: ownFiles).entries()
            .map(\.path.description)
    }
}

extension ContextWalk {
    func entries() throws -> [ContextEntry] { try findings().entries }
}
