import Glibc
@testable import StokerCore
import SystemPackage
import TestSupport
import Testing

/// Which extended attributes count, and that no look passes over one that does.
@Suite struct ExtendedAttributesTests {
    let tree = ScratchTree()

    init() {
        tree.write("Dockerfile", "FROM scratch\nCOPY d /d\n")
        tree.folder("d")
        tree.folder("d/sub")
        tree.write("d/f", "text")
    }

    /// With an index that lasts, as a hit has it.
    func digests(after edits: [() -> Void]) throws -> [ContentDigest] {
        var index = StatIndex()
        let plan = try InputPlan(image: tree.image())
        return try edits.map { edit in
            edit()
            return try InputScanner.scan(plan, index: &index).digest
        }
    }

    func set(_ path: String, _ name: String, _ value: [UInt8]?) {
        let path = Array(tree.path(path).string.utf8)
        if let value { FileAttributes.set(path, name, value) } else { FileAttributes.remove(path, name) }
    }

    @Test func thoseOfFilesAndFoldersCount() throws {
        let list = FileAttributes.accessList(user: 7, mode: 0o755)
        let seen = try digests(after: [
            {}, { set("d/f", "user.note", [1]) }, { set("d/f", "user.note", [2]) },
            { set("d/f", "user.other", []) }, { set("d/sub", "user.note", [1]) },
            { set("d/sub", "user.note", [1, 2]) }, { set("d/sub", "system.posix_acl_default", list) },
            { set("d/sub", "system.posix_acl_access", list) },
        ])
        #expect(Set(seen).count == seen.count)
    }

    @Test func theDigestComesBackWithThem() throws {
        let list = FileAttributes.accessList(user: 7, mode: 0o644)
        let seen = try digests(after: [
            {}, { set("d/f", "system.posix_acl_access", list) },
            { set("d/f", "system.posix_acl_access", nil) },
            { set("d/sub", "user.a", [0]) }, { set("d/sub", "user.a", nil) },
        ])
        #expect(seen[0] == seen[2])
        #expect(seen[0] == seen[4])
        #expect(Set(seen).count == 3)
    }

    /// The kernel and the distribution set them; two machines would never agree.
    @Test(.enabled(if: geteuid() == 0, "only root may set them"))
    func theMachinesOwnDoNotCount() throws {
        let capability: [UInt8] = [1, 0, 0, 2, 0, 4, 0, 0] + [UInt8](repeating: 0, count: 12)
        let seen = try digests(after: [
            {}, { set("d/f", "security.capability", capability) }, { set("d/f", "trusted.mark", [1]) },
            { set("d/sub", "trusted.mark", [1]) },
        ])
        #expect(Set(seen).count == 1)
    }

    /// Large enough for the first buffer to be too small, as far as file systems go (ext4: a block for all).
    @Test func longOnesAreReadWhole() throws {
        let value = [UInt8](repeating: 5, count: 1500)
        for number in 0..<2 { set("d/f", "user." + String(repeating: "n", count: 240) + "\(number)", value) }
        let file = try OpenFile.existing(tree.path("d/f"))
        let attributes = try ExtendedAttributes(of: file.descriptor, path: "d/f")
        #expect(attributes.attributes.map(\.value) == [value, value])
        #expect(!attributes.isHiddenFromCache)
    }

    /// A file must not be able to have the digest of another with attributes by its bytes alone.
    @Test func bytesAndAttributesHaveADigestOfTheirOwn() throws {
        set("d/f", "user.a", [1])
        let file = try OpenFile.existing(tree.path("d/f"))
        let attributes = try ExtendedAttributes(of: file.descriptor, path: "d/f")
        let own = try #require(attributes.digest)
        #expect(attributes.digest(with: .zero) != attributes.digest(with: own))
        #expect(attributes.digest(with: own) != own)
        #expect(ExtendedAttributes.none.digest(with: own) == own)
    }

    /// A builder would give it to what it makes of them; Stoker does not copy it, and so must not go on.
    @Test func whatIsNoFileMayHaveNone() throws {
        try #require(mkfifo(tree.path("d/fifo").string, 0o644) == 0)
        let list = FileAttributes.accessList(user: 7, mode: 0o644)
        #expect(FileAttributes.set(Array(tree.path("d/fifo").string.utf8), "system.posix_acl_access", list))
        let error = #expect(throws: StokerError.self) { try digests(after: [{}]) }
        #expect(error?.code == .badInput)
        #expect(error?.message.contains("d/fifo") == true)
        tree.write(".dockerignore", "d/fifo\n")
        #expect(try digests(after: [{}]).count == 1)
    }

    @Test func aSocketCountsAsItIs() throws {
        let path = tree.path("d/socket").string
        let seen = try digests(after: [
            {}, { mknod(path, S_IFSOCK | 0o755, 0) }, { chmod(path, 0o700) },
            {
                unlink(path)
                tree.write("d/socket", mode: 0o700)
            },
        ])
        #expect(Set(seen).count == 4)
    }
}
