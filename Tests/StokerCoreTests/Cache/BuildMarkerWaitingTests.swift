import Foundation
import Glibc
@testable import StokerCore
import Synchronization
import SystemPackage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20))) struct BuildMarkerWaitingTests {
    let scene = MarkerScene()

    /// - Parameter timeout: longer than any test waits for its turn beside all the others.
    func acquire(
        timeout: Duration = .seconds(600), onWait: @escaping @Sendable (LockHolder?) -> Void = { _ in }
    ) async throws -> (marker: BuildMarker, waited: Bool) {
        try await BuildMarker.acquire(
            scene.marker, image: "slim", holder: LockScene.holder(1), timeout: timeout, onWait: onWait)
    }

    /// Starts to wait, and returns when the waiting has begun.
    func waiter() async -> (Task<(marker: BuildMarker, waited: Bool), any Error>, LockHolder?) {
        let (begun, continuation) = AsyncStream.makeStream(of: LockHolder?.self)
        let task = Task { try await acquire { continuation.yield($0) } }
        for await holder in begun { return (task, holder) }
        return (task, nil)
    }

    @Test func aFreeOneIsNotWaitedFor() async throws {
        let (marker, waited) = try await acquire { _ in Issue.record("nobody holds it") }
        #expect(!waited)
        marker.release()
    }

    @Test func theWaitEndsWhenTheHolderRemovesIt() async throws {
        let holder = try scene.take()
        let (task, story) = await waiter()
        #expect(story == MarkerScene.us)
        holder.release()
        let (marker, waited) = try await task.value
        #expect(waited)
        #expect(marker.isStillOurs)
        marker.release()
    }

    @Test func theWaitEndsWhenAnotherProgramRemovesIt() async throws {
        scene.tree.write(MarkerScene.name, "")
        let (task, story) = await waiter()
        #expect(story == nil)
        #expect(unlink(scene.marker.string) == 0)
        try await task.value.marker.release()
    }

    @Test func theWaitEndsWhenTheHolderDies() async throws {
        let child = try ChildProcess(["sleep", "600"])
        scene.leave(by: try ProcessIdentity.ofChild(child.pid))
        let (task, story) = await waiter()
        #expect(story?.pid == child.pid)
        child.signal(SIGKILL)
        let (marker, waited) = try await task.value
        #expect(waited)
        marker.release()
        #expect(try scene.names() == [])
    }

    @Test func aCancelledWaitEnds() async throws {
        let holder = try scene.take()
        let (task, _) = await waiter()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(holder.isStillOurs)
        holder.release()
    }

    @Test func theWaitForALivingHolderEndsOnTimeAndNamesIt() async throws {
        let child = try ChildProcess(["sleep", "600"])
        defer { child.signal(SIGKILL) }
        scene.leave(by: try ProcessIdentity.ofChild(child.pid))
        let started = SuspendingClock.now
        let error = await #expect(throws: StokerError.self) {
            try await acquire(timeout: .milliseconds(1200))
        }
        #expect(SuspendingClock.now - started >= .milliseconds(1200))
        #expect(error?.code == .lockTimeout)
        #expect(
            error?.message
                == "waited 1 s for the marker \(scene.marker), held by stoker warm (process \(child.pid) "
                + "on build-3), which builds t:1")
        #expect(error?.nextStep == "wait for it to end, stop it, or allow more time with --timeout")
    }

    static let unproved: [(String, String)] = [
        ("", "it is empty"), ("4711", "it does not say whose it is"),
        (
            String(decoding: LockScene.holder().line, as: UTF8.self),
            "it was made by stoker warm (process 4711 on build-3), which builds t:1, and it does not tell enough of "
                + "its process"
        ),
    ]

    @Test(arguments: unproved)
    func oneThatProvesNothingIsReportedWithWhatItSaysAndTheCommand(text: String, says: String) async throws {
        scene.tree.write(MarkerScene.name, text)
        let error = await #expect(throws: StokerError.self) { try await acquire(timeout: .zero) }
        #expect(error?.code == .lockTimeout)
        #expect(
            error?.message == "waited 0 s for the marker \(scene.marker), of which nothing is proved: \(says)"
        )
        #expect(error?.nextStep == "if nobody builds slim any more, remove it with `stoker unlock slim`")
        #expect(try scene.text() == text)
    }

    @Test func whatItSaysDoesNotSteerTheTerminal() async throws {
        var holder = LockScene.holder()
        holder.command = "\u{1B}[2Jx"
        scene.tree.write(MarkerScene.name, String(decoding: holder.line, as: UTF8.self))
        let error = await #expect(throws: StokerError.self) { try await acquire(timeout: .zero) }
        #expect(error?.message.contains("\u{1B}") == false)
    }

    /// Holders that remove it, and dead ones.
    @Test func neverTwoHoldersWhateverTheyDo() async throws {
        let occupancy = Occupancy()
        let dead = try MarkerScene.dead()
        let left = MarkerLine(holder: LockScene.holder(dead.pid), process: dead).bytes
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<6 {
                group.addTask {
                    for round in 0..<4 {
                        let (marker, _) = try await acquire()
                        occupancy.enter()
                        await Task.yield()
                        if !marker.isStillOurs { Issue.record("held without its name") }
                        occupancy.leave()
                        marker.release()
                        // As if it had died before it could remove it.
                        guard (worker + round) % 3 == 0,
                            let file = try? HeldFile(scene.marker.string, O_WRONLY | O_CREAT | O_EXCL)
                        else { continue }
                        try file.writeAll(left)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(occupancy.total == 24)
        #expect(occupancy.most == 1)
    }
}
