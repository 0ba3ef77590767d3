import Glibc
import StokerCore
@testable import StokerKit
import SystemPackage
import TestSupport
import Testing

/// Random edits, each followed by an update: the snapshot is always what a fresh copy would be, and a builder
/// that trusts size and mtime always ends up with the right bytes and modes.
@Suite struct RandomUpdateTests {
    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func updatesEqualFreshCopies(seed: UInt64) async throws {
        // Other tests need the threads that asynchronous code runs on.
        try await BlockingWork.run { try RandomUpdateTests.update(seed: seed) }
    }

    private static func update(seed: UInt64) throws {
        let project = TestProject()
        project.write("Dockerfile", "FROM scratch\nCOPY . /\n")
        project.write(".dockerignore", "**/skip*\n")
        var editor = RandomEditor(project: project, seed: seed, makesOddThings: true)
        var builder = TrustingBuilder()
        var index = StatIndex()
        let request = project.request()
        var snapshot = try project.store.open(key: "k")
        for step in 1...30 {
            editor.editSome()
            _ = try project.checkedCopy(request, in: snapshot, index: &index)
            let plan = try InputPlan(image: request.image, ownFiles: request.ownFiles)
            let copied = try SeenEntry.list(snapshot.root())
            let live = try SeenEntry.list(project.root, plan.main)
            #expect(copied.map(\.lasting) == live.map(\.lasting), "step \(step)")
            if editor.chance(1, in: 2) {
                let fetched = try builder.fetch(snapshot.root()).map(\.lasting)
                #expect(fetched == (try SeenEntry.list(snapshot.root()).map(\.lasting)), "step \(step)")
            }
            if editor.chance(1, in: 6) {
                // Another process goes on with it.
                snapshot = try reopened(snapshot, project)
            }
        }
    }

    private static func reopened(_ snapshot: consuming Snapshot, _ project: TestProject) throws -> Snapshot {
        let folder = snapshot.folder
        snapshot.letGo()
        let next = try project.store.open(key: "k")
        #expect(next.folder == folder)
        return next
    }
}

/// Edits a project at random, with few names, sizes and times, so that they meet again and again.
struct RandomEditor {
    let project: TestProject
    /// Whether it makes what builders do not put into the image as it is: sockets, extended attributes.
    private let makesOddThings: Bool
    private var random: SeededGenerator
    private let names = ["a", "b", "c", "skip"]
    private let times: [Int64] = [0, 1_600_000_000_000_000_000, 1_600_000_000_000_000_001]

    init(project: TestProject, seed: UInt64, makesOddThings: Bool = false) {
        self.project = project
        self.makesOddThings = makesOddThings
        random = SeededGenerator(seed: seed)
    }

    mutating func chance(_ part: Int, in whole: Int) -> Bool {
        Int.random(in: 0..<whole, using: &random) < part
    }

    mutating func editSome() {
        for _ in 0..<Int.random(in: 1...4, using: &random) { edit() }
    }

    private mutating func name() -> String { names.randomElement(using: &random) ?? "a" }

    /// At most three deep; folders on the way are made when they can be.
    private mutating func path() -> String {
        var path = name()
        for _ in 0..<Int.random(in: 0...2, using: &random) {
            mkdir(project.path(path).string, chance(1, in: 2) ? 0o755 : 0o700)
            path += "/" + name()
        }
        return path
    }

    private mutating func edit() {
        let path = path()
        let full = project.path(path).string
        switch Int.random(in: 0..<(makesOddThings ? 15 : 12), using: &random) {
        case 0...3:
            let letter = UInt8(ascii: "A") + UInt8.random(in: 0...2, using: &random)
            let text = [UInt8](repeating: letter, count: Int.random(in: 1...2, using: &random))
            let descriptor = open(
                full, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o644)
            if descriptor < 0 { return }
            _ = write(descriptor, text, text.count)
            close(descriptor)
            if chance(2, in: 3) { setTime(full) }
        case 4:
            // Never one that keeps the test itself, which need not be root, from looking; and no link's target.
            let modes: [mode_t]
            switch (try? FileStatus.of(full))??.kind {
            case .directory: modes = [0o755, 0o700, 0o500]
            case .file: modes = [0o644, 0o600, 0o755]
            default: return
            }
            Glibc.chmod(full, modes.randomElement(using: &random) ?? 0o700)
        case 5: FileTree.remove(FilePath(full))
        case 6: rename(full, project.path(self.path()).string)
        case 7:
            if symlink(chance(1, in: 2) ? "a" : "/nowhere", full) == 0 { setTime(full) }
        case 8: setTime(full)
        case 12, 13: setAttribute(full)
        case 9, 10:
            let other = project.path(self.path()).string
            unlink(other)
            link(full, other)
        case 14: mknod(full, S_IFSOCK | 0o755, 0)
        default: mkdir(full, chance(1, in: 2) ? 0o755 : 0o500)
        }
    }

    /// Changes the change time alone, and where it is an access list, perhaps the mode.
    private mutating func setAttribute(_ path: String) {
        let bytes = Array(path.utf8)
        let kind = (try? FileStatus.of(path))??.kind
        guard kind == .directory || kind == .file else { return }
        let isFolder = kind == .directory
        let names =
            ["user.a", "user.b", "system.posix_acl_access"] + (isFolder ? ["system.posix_acl_default"] : [])
        let name = names.randomElement(using: &random) ?? ""
        if chance(1, in: 3) {
            FileAttributes.remove(bytes, name)
        } else if name.hasPrefix("user.") {
            FileAttributes.set(bytes, name, [UInt8.random(in: 0...1, using: &random)])
        } else {
            let list = FileAttributes.accessList(user: .random(in: 1...2, using: &random), mode: 0o744)
            FileAttributes.set(bytes, name, list)
        }
    }

    private mutating func setTime(_ path: String) {
        let nanoseconds = times.randomElement(using: &random) ?? 0
        let time = timespec(
            tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        utimensat(AT_FDCWD, path, [time, time], AT_SYMLINK_NOFOLLOW)
    }
}
