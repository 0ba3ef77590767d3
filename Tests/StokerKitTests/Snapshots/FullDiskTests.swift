import Glibc
import StokerCore
@testable import StokerKit
import SystemPackage
import Testing

/// A cache that cannot be written to costs the build, and nothing else.
@Suite(.enabled(if: geteuid() == 0, "only root may mount a file system"))
final class FullDiskTests {
    let project = TestProject()

    init() throws {
        project.write("Dockerfile", "FROM scratch\nCOPY . /\n")
        try #require(
            mount("tmpfs", project.cache.string, "tmpfs", 0, "size=1m,mode=700") == 0,
            "no file system may be mounted here")
    }

    deinit { umount2(project.cache.string, Int32(MNT_DETACH)) }

    func remount(_ options: String, _ flags: UInt = 0) throws {
        let deadline = SuspendingClock.now + .seconds(60)
        while mount("tmpfs", project.cache.string, "tmpfs", UInt(MS_REMOUNT) | flags, options) != 0 {
            // A child that another test is just beginning has our descriptors until it runs its program.
            try #require(errno == EBUSY && SuspendingClock.now < deadline, "\(Errno(rawValue: errno))")
        }
    }

    func copy() throws {
        let snapshot = try project.store.open(key: "k", project: project.root)
        defer { snapshot.letGo() }
        var index = StatIndex()
        _ = try project.checkedCopy(in: snapshot, index: &index)
    }

    func expectComplaint(_ cause: Errno, _ nextStep: String) {
        let error = #expect(throws: StokerError.self) { try copy() }
        #expect(error?.code == .cannotWrite)
        #expect(error?.message.contains(project.cache.string) == true)
        #expect(error?.cause == cause.description)
        #expect(error?.nextStep == nextStep)
    }

    @Test func aFullOneIsSaidSoAndTheNextCopyIsWhole() throws {
        for number in 0..<64 {
            project.write("f\(number)", bytes: [UInt8](repeating: UInt8(number), count: 32 << 10))
        }
        for _ in 1...2 {
            expectComplaint(.noSpace, "free some space on that file system and run the command again")
        }
        try remount("size=16m")
        try copy()
    }

    @Test func oneThatFillsUpDuringAnUpdateLosesNothing() throws {
        project.write("a", "small")
        try copy()
        project.write("b", bytes: [UInt8](repeating: 7, count: 2 << 20))
        expectComplaint(.noSpace, "free some space on that file system and run the command again")
        project.remove("b")
        try copy()
    }

    @Test func aReadOnlyOneIsSaidSoAndTheNextCopyIsWhole() throws {
        try copy()
        project.write("a", "new")
        try remount("size=1m", UInt(MS_RDONLY))
        expectComplaint(.readOnlyFileSystem, "make the file system writable")
        try remount("size=1m")
        try copy()
    }
}
