import Foundation
import Glibc
@testable import StokerCore
import SystemPackage
import Testing

@Suite struct BuildLockTests {
    let scene = LockScene()

    @Test func onlyOneHoldsIt() throws {
        let first = try #require(try scene.tryAcquire())
        #expect(try scene.tryAcquire() == nil)
        first.release()
        let second = try #require(try scene.tryAcquire())
        #expect(second.isStillOurs)
        second.release()
    }

    @Test func itEndsWithItsHolder() throws {
        do { _ = try #require(try scene.tryAcquire()) }
        // The file stays when nobody releases, as after a kill; it is no obstacle.
        #expect(try FileStatus.of(scene.lock.string) != nil)
        #expect(try scene.tryAcquire() != nil)
    }

    /// As a child process has one, from its fork until its exec.
    @Test func aCopyOfItsDescriptorKeepsNothing() throws {
        var copy: Int32 = -1
        do {
            let lock = try #require(try scene.tryAcquire())
            copy = fcntl(try #require(try scene.openDescriptor()), F_DUPFD_CLOEXEC, 0)
            withExtendedLifetime(lock) {}
        }
        #expect(try scene.tryAcquire() != nil)
        close(copy)
    }

    @Test(arguments: LockScene.Program.installed) func otherProgramsAreKeptOut(by program: LockScene.Program)
        throws
    {
        let other = try scene.other(program)
        #expect(try scene.tryAcquire() == nil)
        other.letGo()
        let lock = try #require(try scene.tryAcquire())
        #expect(try !scene.isFreeForOthers())
        lock.release()
        #expect(try scene.isFreeForOthers())
    }

    @Test func aKilledHolderHoldsNothing() throws {
        let other = try scene.other(.python3)
        #expect(try scene.tryAcquire() == nil)
        other.kill()
        #expect(try scene.tryAcquire() != nil)
    }

    @Test func theFileTellsOfItsHolderInOneLineOfJSON() throws {
        let lock = try #require(try scene.tryAcquire())
        #expect(
            try scene.text()
                == #"{"command":"stoker warm","host":"build-3","image":"t:1","pid":4711,"since":1700000000.5}"#
                + "\n")
        #expect(BuildLock.holder(at: scene.lock) == LockScene.holder())
        lock.release()
        #expect(BuildLock.holder(at: scene.lock) == nil)
    }

    @Test func aLongerStoryOfAnEarlierHolderIsGone() throws {
        scene.tree.write(".docker_build.lock", String(repeating: "x", count: 10_000))
        let lock = try #require(try scene.tryAcquire())
        #expect(BuildLock.holder(at: scene.lock) == LockScene.holder())
        lock.release()
    }

    @Test(arguments: ["", "\n", "garbage", "{}", "{\"pid\":1}", "[1]", "\u{0}\u{0}"])
    func aFileThatSaysNothingIsNoObstacle(text: String) throws {
        scene.tree.write(".docker_build.lock", text)
        #expect(BuildLock.holder(at: scene.lock) == nil)
        let lock = try #require(try scene.tryAcquire())
        #expect(BuildLock.holder(at: scene.lock) == LockScene.holder())
        lock.release()
    }

    @Test func theFileIsRemovedWhileItIsLocked() throws {
        let lock = try #require(try scene.tryAcquire())
        lock.release()
        #expect(try FileStatus.of(scene.lock.string) == nil)
    }

    @Test func aSecondReleaseDoesNothingToTheNextHolder() throws {
        let first = try #require(try scene.tryAcquire())
        first.release()
        let second = try #require(try scene.tryAcquire())
        first.release()
        #expect(second.isStillOurs)
        #expect(try scene.tryAcquire() == nil)
    }

    @Test func aHolderWhoseFileWasRemovedKnowsIt() throws {
        let first = try #require(try scene.tryAcquire())
        #expect(first.isStillOurs)
        #expect(unlink(scene.lock.string) == 0)
        #expect(!first.isStillOurs)
        let second = try #require(try scene.tryAcquire())
        #expect(!first.isStillOurs)
        #expect(second.isStillOurs)
        // The file that has the name now is somebody else's.
        first.release()
        #expect(second.isStillOurs)
        #expect(try scene.tryAcquire() == nil)
    }

    @Test func aHolderWhoseFileWasReplacedKnowsIt() throws {
        let lock = try #require(try scene.tryAcquire())
        scene.tree.write("other", "x")
        #expect(rename(scene.tree.path("other").string, scene.lock.string) == 0)
        #expect(!lock.isStillOurs)
        lock.release()
        #expect(try scene.text() == "x")
    }

    struct Obstacle: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var put: @Sendable (LockScene) -> Void
    }

    static let obstacles = [
        Obstacle(testDescription: "a link to a file") {
            $0.tree.write("file", "mine")
            $0.tree.link(".docker_build.lock", to: "file")
        },
        Obstacle(testDescription: "a link to nothing") { $0.tree.link(".docker_build.lock", to: "file") },
        Obstacle(testDescription: "a folder") { $0.tree.folder(".docker_build.lock") },
        Obstacle(testDescription: "a FIFO") { mkfifo($0.lock.string, 0o600) },
    ]

    @Test(arguments: obstacles) func whatIsNoFileIsRefused(obstacle: Obstacle) throws {
        obstacle.put(scene)
        let before = try FileStatus.of(scene.lock.string)
        let error = #expect(throws: StokerError.self) { try scene.tryAcquire() }
        #expect(error?.code == .cannotWrite)
        let isLink = obstacle.testDescription.hasPrefix("a link")
        #expect(
            error?.message.contains(isLink ? "is a symbolic link" : "is not a regular file") == true)
        #expect(try FileStatus.of(scene.lock.string) == before)
        #expect(BuildLock.holder(at: scene.lock) == nil)
        if obstacle.testDescription == "a link to a file" { #expect(try scene.text("file") == "mine") }
        if obstacle.testDescription == "a link to nothing" {
            #expect(try FileStatus.of(scene.tree.path("file").string) == nil)
        }
    }

    @Test func aMissingFolderIsSaidSo() throws {
        let error = #expect(throws: StokerError.self) { try scene.tryAcquire(scene.tree.path("no/lock")) }
        #expect(error?.code == .cannotWrite)
        #expect(error?.nextStep?.contains("make it and its folder writable") == true)
    }

    @Test(.enabled(if: geteuid() != 0, "root may write everywhere")) func aReadOnlyFolderIsSaidSo() throws {
        scene.tree.folder("ro", mode: 0o555)
        let error = #expect(throws: StokerError.self) { try scene.tryAcquire(scene.tree.path("ro/lock")) }
        #expect(error?.code == .cannotWrite)
    }

    @Test func aPersonsFileIsNotTakenForALock() throws {
        let text = "version = 1\nrequires-python = \">=3.11\"\n"
        scene.tree.write("uv.lock", text)
        let before = scene.tree.status("uv.lock")
        let error = #expect(throws: StokerError.self) { try scene.tryAcquire(scene.tree.path("uv.lock")) }
        #expect(error?.code == .cannotWrite)
        #expect(error?.message.contains("is not a lock file of Stoker's") == true)
        #expect(try scene.text("uv.lock") == text)
        #expect(scene.tree.status("uv.lock") == before)
    }

    @Test func aNameOfThePersonsChoiceServesWhenItsFileIsALock() throws {
        let path = scene.tree.path("images/app.lock")
        scene.tree.folder("images")
        // New, then left behind by a kill.
        for text in [nil, LockScene.holder().line] {
            if let text { scene.tree.write("images/app.lock", String(decoding: text, as: UTF8.self)) }
            let lock = try #require(try scene.tryAcquire(path))
            #expect(BuildLock.holder(at: path) == LockScene.holder())
            lock.release()
            #expect(try FileStatus.of(path.string) == nil)
        }
    }
}
