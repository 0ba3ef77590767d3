import Foundation
import Glibc
@testable import StokerCore
import SystemPackage
import Testing

/// A lock file that stays, for programs that know only flock.
@Suite(.timeLimit(.minutes(20))) struct KeptLockFileTests {
    let scene = LockScene()

    func tryAcquire() throws -> BuildLock? {
        try BuildLock.tryAcquire(scene.lock, holder: LockScene.holder(), isKept: true)
    }

    @Test func theFileStaysAndSaysNothing() throws {
        let lock = try #require(try tryAcquire())
        #expect(BuildLock.holder(at: scene.lock) == LockScene.holder())
        let before = scene.tree.status(".docker_build.lock")
        lock.release()
        let after = scene.tree.status(".docker_build.lock")
        #expect(after.inode == before.inode)
        #expect(after.size == 0)
        #expect(try scene.isFreeForOthers())
        let next = try #require(try tryAcquire())
        #expect(scene.tree.status(".docker_build.lock").inode == before.inode)
        next.release()
    }

    @Test func aSecondReleaseLeavesTheNextHolderItsStory() throws {
        let first = try #require(try tryAcquire())
        first.release()
        let second = try #require(try tryAcquire())
        first.release()
        #expect(BuildLock.holder(at: scene.lock) == LockScene.holder())
        #expect(try tryAcquire() == nil)
        second.release()
    }

    @Test func aFileThatWasReplacedIsLeftToItsNewOwner() throws {
        let lock = try #require(try tryAcquire())
        scene.tree.write("other", "x")
        #expect(rename(scene.tree.path("other").string, scene.lock.string) == 0)
        #expect(!lock.isStillOurs)
        lock.release()
        #expect(try scene.text() == "x")
    }

    @Test(arguments: LockScene.Program.installed)
    func aProgramThatWaitsGetsTheLockThatEveryoneSees(program: LockScene.Program) throws {
        let lock = try #require(try tryAcquire())
        let inode = scene.tree.status(".docker_build.lock").inode
        let other = try LockScene.WaitingProgram(program, scene)
        try other.untilItWaits(forInode: inode)
        lock.release()
        try other.untilItHolds()
        #expect(scene.tree.status(".docker_build.lock").inode == inode)
        #expect(try tryAcquire() == nil)
        other.letGo()
        let next = try #require(try tryAcquire())
        #expect(scene.tree.status(".docker_build.lock").inode == inode)
        next.release()
    }

    /// What `keep` is for: the same without it.
    @Test(arguments: LockScene.Program.installed)
    func withoutItAProgramThatDoesNotLookHoldsAFileWithoutAName(program: LockScene.Program) throws {
        let lock = try #require(try scene.tryAcquire())
        let other = try LockScene.WaitingProgram(program, scene)
        try other.untilItWaits(forInode: scene.tree.status(".docker_build.lock").inode)
        lock.release()
        try other.untilItHolds()
        let second = try #require(try scene.tryAcquire())
        second.release()
        other.letGo()
    }

    @Test(arguments: LockScene.Program.installed)
    func aProgramThatHoldsItIsWaitedFor(program: LockScene.Program) async throws {
        let other = try scene.other(program)
        let inode = scene.tree.status(".docker_build.lock").inode
        let (begun, continuation) = AsyncStream.makeStream(of: Void.self)
        let waiting = Task {
            try await BuildLock.acquire(
                scene.lock, holder: LockScene.holder(1), isKept: true, timeout: .seconds(600)
            ) { _ in continuation.yield() }
        }
        for await _ in begun { break }
        other.letGo()
        let (lock, waited) = try await waiting.value
        #expect(waited)
        #expect(scene.tree.status(".docker_build.lock").inode == inode)
        #expect(try !scene.isFreeForOthers())
        lock.release()
        #expect(try scene.isFreeForOthers())
        #expect(scene.tree.status(".docker_build.lock").inode == inode)
    }
}
