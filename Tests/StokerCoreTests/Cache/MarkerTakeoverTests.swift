import Foundation
import Glibc
@testable import StokerCore
import SystemPackage
import Testing

/// Two must never both take over what a dead holder has left.
@Suite(.timeLimit(.minutes(20))) struct MarkerTakeoverTests {
    let scene = MarkerScene()

    /// What was judged, with its holder dead.
    func judged() throws -> FoundMarker {
        scene.leave(by: try MarkerScene.dead())
        return try #require(try FoundMarker(scene.marker))
    }

    @Test func oneThatHasBeenTakenOverSinceStays() throws {
        let found = try judged()
        let marker = try scene.take()
        #expect(try found.remove())
        #expect(marker.isStillOurs)
        #expect(try scene.names() == [MarkerScene.name])
        marker.release()
    }

    @Test func oneThatIsGoneSinceIsNoMistake() throws {
        let found = try judged()
        #expect(unlink(scene.marker.string) == 0)
        #expect(try found.remove())
    }

    /// Only somebody who does not take turns can come between the last look and the rename.
    @Test func oneThatComesBetweenIsPutBack() throws {
        let found = try judged()
        var other: BuildMarker?
        let isFree = try found.remove {
            unlink(scene.marker.string)
            other = try? scene.take()
        }
        #expect(!isFree)
        #expect(other?.isStillOurs == true)
        #expect(try scene.names() == [MarkerScene.name])
        #expect(scene.tree.status(MarkerScene.name).links == 1)
        other?.release()
    }

    /// The same file, in which somebody has written meanwhile.
    @Test func oneWithOtherContentIsPutBack() throws {
        let found = try judged()
        let isFree = try found.remove { scene.tree.write(MarkerScene.name, "") }
        #expect(!isFree)
        #expect(try scene.text() == "")
        #expect(try scene.names() == [MarkerScene.name])
    }

    @Test func nothingIsPutBackOverAnother() throws {
        scene.tree.write("aside", "old")
        scene.tree.write(MarkerScene.name, "new")
        let (name, folder) = (MarkerScene.name, try HeldFile(scene.tree.root.string, O_RDONLY | O_DIRECTORY))
        FoundMarker.putBack("aside", to: name, in: folder)
        #expect(try scene.text() == "new")
        #expect(unlink(scene.marker.string) == 0)
        FoundMarker.putBack("aside", to: name, in: folder)
        #expect(try scene.text() == "old")
    }

    @Test func theyTakeTurns() throws {
        let found = try judged()
        let turn = try HeldFile(scene.marker.string, O_RDONLY)
        #expect(flock(turn.descriptor, LOCK_EX | LOCK_NB) == 0)
        #expect(try !found.remove())
        #expect(try scene.isInTheWay())
        turn.unlock()
        #expect(try found.remove())
        #expect(try scene.names() == [])
    }

    @Test(.enabled(if: geteuid() != 0, "root may write everywhere")) func aReadOnlyFolderIsSaidSo() throws {
        scene.tree.folder("ro")
        let path = scene.tree.path("ro/marker")
        let line = MarkerLine(holder: LockScene.holder(), process: try MarkerScene.dead())
        scene.tree.write("ro/marker", String(decoding: line.bytes, as: UTF8.self))
        #expect(chmod(scene.tree.path("ro").string, 0o555) == 0)
        defer { chmod(scene.tree.path("ro").string, 0o755) }
        let error = #expect(throws: StokerError.self) {
            try BuildMarker.attempt(path, holder: LockScene.holder())
        }
        #expect(error?.code == .cannotWrite)
        #expect(error?.message == "cannot remove the marker \(path)")
    }

    /// The race by the race: everyone finds what a dead holder has left, and wants it.
    @Test func oneOfManyTakesItOver() async throws {
        let dead = try MarkerScene.dead()
        for _ in 0..<20 {
            scene.leave(by: dead)
            let occupancy = Occupancy()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        guard case .taken(let marker) = try scene.attempt() else { return }
                        occupancy.enter()
                        if !marker.isStillOurs { Issue.record("held without its name") }
                        await Task.yield()
                        if !marker.isStillOurs { Issue.record("held without its name") }
                        occupancy.leave()
                        marker.release()
                    }
                }
                try await group.waitForAll()
            }
            #expect(occupancy.most == 1)
            #expect(occupancy.total >= 1)
            #expect(try scene.names() == [])
        }
    }
}
