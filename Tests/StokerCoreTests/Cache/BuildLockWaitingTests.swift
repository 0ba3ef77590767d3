import Foundation
import Glibc
@testable import StokerCore
import Synchronization
import SystemPackage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20))) struct BuildLockWaitingTests {
    let scene = LockScene()

    /// - Parameter timeout: longer than any test waits for a thread beside all the others.
    func acquire(
        timeout: Duration = .seconds(600), onWait: @escaping @Sendable (LockHolder?) -> Void = { _ in }
    ) async throws -> (lock: BuildLock, waited: Bool) {
        try await BuildLock.acquire(
            scene.lock, holder: LockScene.holder(1), timeout: timeout, onWait: onWait)
    }

    @Test func aFreeLockIsNotWaitedFor() async throws {
        let (lock, waited) = try await acquire { _ in Issue.record("nobody holds it") }
        #expect(!waited)
        lock.release()
    }

    /// Starts to wait, and returns when the waiting has begun.
    func waiter() async -> Task<(lock: BuildLock, waited: Bool), any Error> {
        let (begun, continuation) = AsyncStream.makeStream(of: LockHolder?.self)
        let task = Task { try await acquire { continuation.yield($0) } }
        for await _ in begun { break }
        return task
    }

    @Test func theWaitEndsWhenTheHolderLetsGo() async throws {
        let holder = try #require(try scene.tryAcquire())
        let story = Mutex<LockHolder?>(nil)
        let (begun, continuation) = AsyncStream.makeStream(of: Void.self)
        let task = Task {
            try await acquire { holder in
                story.withLock { $0 = holder }
                continuation.yield()
            }
        }
        for await _ in begun { break }
        #expect(story.withLock { $0 } == LockScene.holder())
        holder.release()
        let (lock, waited) = try await task.value
        #expect(waited)
        #expect(lock.isStillOurs)
        lock.release()
    }

    @Test func whoWaitsHearsWhatTheHolderSays() async throws {
        let holder = try #require(try scene.tryAcquire())
        let (heard, continuation) = AsyncStream.makeStream(of: LockHolder?.self)
        let task = Task { try await acquire { continuation.yield($0) } }
        var stories = heard.makeAsyncIterator()
        #expect(await stories.next() == .some(LockScene.holder()))
        var word = LockScene.holder()
        word.step = "3/7"
        holder.tell(word)
        #expect(await stories.next() == .some(word))
        // Shorter than the one before.
        holder.tell(LockScene.holder())
        #expect(await stories.next() == .some(LockScene.holder()))
        word.refusal = LockHolder.Refusal(
            digest: "sha256:a", engine: "e", message: "m", cause: "c", nextStep: nil, seconds: 1, reason: "r")
        holder.tell(word)
        while KernelLocks.waiters(for: scene.lock.string) == 0 { await Task.yield() }
        holder.release()
        let (lock, _) = try await task.value
        #expect(lock.before == word)
        // Nothing of it is left for those who come later.
        lock.release()
        let next = try #require(try scene.tryAcquire())
        #expect(next.before == nil)
        next.release()
    }

    /// One that might be a file of the person's is read before it is waited for.
    @Test(arguments: [".docker_build.lock", "other.lock"], [true, false])
    func whatTheHolderHasLeftIsRead(name: String, isKept: Bool) async throws {
        let path = scene.tree.path(name)
        let holder = try #require(
            try BuildLock.tryAcquire(path, holder: LockScene.holder(), isKept: isKept))
        let (begun, continuation) = AsyncStream.makeStream(of: LockHolder?.self)
        let task = Task {
            try await BuildLock.acquire(
                path, holder: LockScene.holder(1), isKept: isKept, timeout: .seconds(600)
            ) { continuation.yield($0) }
        }
        for await _ in begun { break }
        var word = LockScene.holder()
        word.refusal = LockHolder.Refusal(
            digest: "sha256:a", engine: "e", message: "m", cause: nil, nextStep: nil, seconds: 1, reason: "r")
        holder.tell(word)
        // Right away a waiter may still be on its way to the file, and find nothing in it.
        while KernelLocks.waiters(for: path.string) == 0 { await Task.yield() }
        #expect(BuildLock.isWaitedFor(path))
        holder.release()
        let (lock, _) = try await task.value
        #expect(lock.before == word)
        #expect(!BuildLock.isWaitedFor(path))
        lock.release()
    }

    @Test func nothingIsToldAfterTheRelease() throws {
        let holder = try #require(
            try BuildLock.tryAcquire(scene.lock, holder: LockScene.holder(), isKept: true))
        holder.release()
        let next = try #require(
            try BuildLock.tryAcquire(scene.lock, holder: LockScene.holder(2), isKept: true))
        holder.tell(LockScene.holder())
        #expect(BuildLock.holder(at: scene.lock) == LockScene.holder(2))
        next.release()
    }

    @Test(arguments: LockScene.Program.installed, [true, false])
    func theWaitEndsWithAnotherProgram(program: LockScene.Program, isKilled: Bool) async throws {
        let other = try scene.other(program)
        let task = await waiter()
        // flock's own child holds the lock too, and goes when its input ends.
        if isKilled && program == .python3 { other.kill() } else { other.letGo() }
        let (lock, waited) = try await task.value
        #expect(waited)
        lock.release()
    }

    @Test func aWaiterOnARemovedFileStartsOver() async throws {
        let first = try #require(try scene.tryAcquire())
        let task = await waiter()
        // While the waiter sleeps on the old file, somebody gets a new one under the name: in one step, or the waiter
        // may be the one who makes it.
        let other = scene.lock.removingLastComponent().appending("other")
        let file = try HeldFile(other.string, O_RDWR | O_CREAT)
        #expect(flock(file.descriptor, LOCK_EX | LOCK_NB) == 0)
        #expect(rename(other.string, scene.lock.string) == 0)
        let second = try #require(
            BuildLock.adopt(
                BuildLock.Opened(file: file, isNew: false), path: scene.lock, line: LockScene.holder(2).line))
        first.release()
        #expect(second.isStillOurs)
        second.release()
        let (lock, _) = try await task.value
        #expect(lock.isStillOurs)
        #expect(try scene.tryAcquire() == nil)
        lock.release()
    }

    @Test func theWaitEndsOnTimeAndNamesTheHolder() async throws {
        let holder = try #require(try scene.tryAcquire())
        let started = SuspendingClock.now
        let error = await #expect(throws: StokerError.self) {
            try await acquire(timeout: .milliseconds(1200))
        }
        let duration = SuspendingClock.now - started
        #expect(duration >= .milliseconds(1200))
        #expect(error?.code == .lockTimeout)
        let sentence = "stoker warm (process 4711 on build-3), which builds t:1"
        #expect(error?.message.hasPrefix("waited 1 s for \(scene.lock), held by \(sentence)") == true)
        #expect(error?.nextStep != nil)
        #expect(holder.isStillOurs)
    }

    @Test func aHolderWithoutAStoryIsNamedAsWhatItIs() async throws {
        let other = try scene.other(.flock)
        let error = await #expect(throws: StokerError.self) { try await acquire(timeout: .zero) }
        #expect(error?.message.contains("held by another program") == true)
        other.letGo()
    }

    @Test func whoHasGivenUpLetsGoAtOnceOfWhatComesTooLate() async throws {
        let other = try scene.other(.python3)
        for _ in 0..<5 {
            await #expect(throws: StokerError.self) { try await acquire(timeout: .milliseconds(1)) }
        }
        // They all still sleep in the kernel, on a file that stays.
        other.letGo()
        let (lock, _) = try await acquire()
        #expect(lock.isStillOurs)
        lock.release()
    }

    @Test func aCancelledWaitEnds() async throws {
        let holder = try #require(try scene.tryAcquire())
        let task = await waiter()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        holder.release()
        let (lock, _) = try await acquire()
        #expect(lock.isStillOurs)
        lock.release()
    }

    @Test func whoIsCancelledBeforehandDoesNotTakeIt() async throws {
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await acquire()
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try FileStatus.of(scene.lock.string) == nil)
    }

    /// Holders that remove the file, some that forget to, and somebody who deletes it now and then.
    @Test func neverTwoHoldersWhateverTheyDo() async throws {
        let occupancy = Occupancy()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<12 {
                group.addTask {
                    for round in 0..<25 {
                        let (lock, _) = try await acquire()
                        occupancy.enter()
                        await Task.yield()
                        if !lock.isStillOurs { Issue.record("held without its name") }
                        occupancy.leave()
                        if (worker + round) % 5 == 0 { withExtendedLifetime(lock) {} } else { lock.release() }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(occupancy.total == 300)
        #expect(occupancy.most == 1)
    }

    /// Each process appends its number twice; two at once would mix them.
    @Test func processesExcludeEachOther() async throws {
        let log = scene.tree.path("log").string
        let script = """
            for i in 1 2 3 4 5 6 7 8 9 10; do
                flock "$1" sh -c 'echo $$ >> "$1"; echo $$ >> "$1"' sh "$2"
            done
            """
        let others = try (0..<3).map { _ in
            try ChildProcess(["sh", "-c", script, "sh", scene.lock.string, log])
        }
        for _ in 0..<20 {
            let (lock, _) = try await acquire()
            let descriptor = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
            for _ in 0..<2 {
                #expect(write(descriptor, "us\n", 3) == 3)
                await Task.yield()
            }
            close(descriptor)
            // Not removed: a program that only knows flock would not notice that it locked a file without a name.
            withExtendedLifetime(lock) {}
        }
        for other in others { #expect(await other.status == 0) }
        let lines = try scene.text("log").split(separator: "\n")
        #expect(lines.count == 2 * (3 * 10 + 20))
        for pair in stride(from: 0, to: lines.count, by: 2) { #expect(lines[pair] == lines[pair + 1]) }
    }
}
