import Foundation
import Glibc
@testable import StokerCore
import SystemPackage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20))) struct BuildMarkerTests {
    let scene = MarkerScene()

    @Test func onlyOneHoldsIt() throws {
        let first = try scene.take()
        #expect(first.isStillOurs)
        #expect(try scene.isInTheWay())
        first.release()
        #expect(try scene.names() == [])
        let second = try scene.take()
        #expect(second.isStillOurs)
        first.release()
        #expect(second.isStillOurs)
        second.release()
    }

    @Test func whoForgetsToReleaseItDoesNotKeepIt() throws {
        do { _ = try scene.take() }
        #expect(try scene.names() == [])
    }

    @Test func itSaysWhoHoldsItOnOneLineOfJSON() throws {
        let marker = try scene.take()
        let text = try scene.text()
        #expect(text.hasSuffix("}\n"))
        #expect(text.dropLast().contains("\n") == false)
        let line = try #require(MarkerLine(Array(text.utf8)))
        #expect(line.holder == MarkerScene.us)
        #expect(line.process == ProcessIdentity.current)
        // Programs that know the line of a lock file understand it.
        #expect(LockHolder(line: Array(text.utf8)) == MarkerScene.us)
        marker.release()
    }

    @Test func anotherStoryTakesThePlaceOfTheFirst() throws {
        let marker = try scene.take()
        let inode = scene.tree.status(MarkerScene.name).inode
        var holder = MarkerScene.us
        for command in ["stoker", String(repeating: "long ", count: 50), "s"] {
            holder.command = command
            marker.tell(holder)
            #expect(marker.isStillOurs)
            let line = MarkerLine(Array(try scene.text().utf8))
            #expect(line?.holder == holder)
            #expect(line?.process == ProcessIdentity.current)
        }
        #expect(scene.tree.status(MarkerScene.name).inode == inode)
        marker.release()
        #expect(try scene.names() == [])
    }

    @Test func aHolderWhoseMarkerWasRemovedKnowsIt() throws {
        let first = try scene.take()
        #expect(unlink(scene.marker.string) == 0)
        #expect(!first.isStillOurs)
        let second = try scene.take()
        #expect(!first.isStillOurs)
        first.release()
        #expect(second.isStillOurs)
        second.release()
    }

    @Test func aHolderWhoseMarkerSaysSomethingElseKnowsIt() throws {
        let marker = try scene.take()
        let inode = scene.tree.status(MarkerScene.name).inode
        scene.tree.write(MarkerScene.name, "mine")
        #expect(scene.tree.status(MarkerScene.name).inode == inode)
        #expect(!marker.isStillOurs)
        marker.release()
        #expect(try scene.text() == "mine")
    }

    @Test func aDeadHoldersMarkerIsTakenOver() throws {
        scene.leave(by: try MarkerScene.dead())
        let marker = try scene.take()
        #expect(MarkerLine(Array(try scene.text().utf8))?.holder == MarkerScene.us)
        #expect(try scene.names() == [MarkerScene.name])
        marker.release()
        #expect(try scene.names() == [])
    }

    @Test func aLivingHoldersMarkerIsTakenOverWhenItIsKilled() throws {
        let child = try ChildProcess(["sleep", "600"])
        scene.leave(by: try ProcessIdentity.ofChild(child.pid))
        let text = try scene.text()
        #expect(try scene.isInTheWay())
        #expect(try scene.text() == text)
        child.signal(SIGKILL)
        _ = child.wait()
        try scene.take().release()
    }

    @Test func oneOfAnotherBootIsTakenOverOnALocalDisk() throws {
        var left = try #require(ProcessIdentity.current, "no machine ID here")
        left.boot = "00000000-0000-4000-8000-000000000000"
        scene.leave(by: left)
        let isLocal = LocalDisk.holds(try HeldFile(scene.marker.string, O_RDONLY))
        #expect(try scene.isInTheWay() == !isLocal)
    }

    @Test(arguments: [
        "", "\n", "4711\n", "garbage", "{}", "[1]", "\u{0}", String(repeating: "x", count: 100_000),
    ])
    func oneThatSaysNothingIsInTheWay(text: String) throws {
        scene.tree.write(MarkerScene.name, text)
        let before = scene.tree.status(MarkerScene.name)
        #expect(try scene.isInTheWay())
        #expect(scene.tree.status(MarkerScene.name) == before)
        #expect(try scene.text() == text)
    }

    static let strangers: [@Sendable (inout ProcessIdentity) -> Void] = [
        { $0.machine = String(repeating: "0", count: 64) }, { $0.pidNamespace += 1 }, { $0.pid = 0 },
        { $0.pid = -1 },
    ]

    @Test(arguments: strangers.indices) func oneThatProvesNothingIsInTheWay(index: Int) throws {
        var left = try MarkerScene.dead()
        BuildMarkerTests.strangers[index](&left)
        scene.leave(by: left)
        #expect(try scene.isInTheWay())
        scene.leave(by: nil)
        #expect(try scene.isInTheWay())
        #expect(try scene.names() == [MarkerScene.name])
    }

    struct Obstacle: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var put: @Sendable (MarkerScene) -> Void
    }

    static let obstacles = [
        Obstacle(testDescription: "a link to a file") { $0.tree.link(MarkerScene.name, to: "file") },
        Obstacle(testDescription: "a link to nothing") { $0.tree.link(MarkerScene.name, to: "nothing") },
        Obstacle(testDescription: "a folder") { $0.tree.folder(MarkerScene.name) },
        Obstacle(testDescription: "a FIFO") { mkfifo($0.marker.string, 0o600) },
    ]

    @Test(arguments: obstacles) func whatIsNoFileIsRefused(obstacle: Obstacle) throws {
        scene.tree.write("file", "mine")
        obstacle.put(scene)
        let before = try FileStatus.of(scene.marker.string)
        let error = #expect(throws: StokerError.self) { try scene.attempt() }
        #expect(error?.code == .cannotWrite)
        #expect(error?.message.contains("is not a regular file") == true)
        #expect(try FileStatus.of(scene.marker.string) == before)
        #expect(try scene.text("file") == "mine")
        #expect(try scene.names() == [MarkerScene.name, "file"])
    }

    @Test func aMissingFolderIsSaidSo() throws {
        let error = #expect(throws: StokerError.self) {
            try BuildMarker.attempt(scene.tree.path("no/marker"), holder: LockScene.holder())
        }
        #expect(error?.code == .cannotWrite)
        #expect(error?.nextStep?.contains("make its folder writable") == true)
    }

    /// An empty one would lock everybody out.
    @Test(.enabled(if: geteuid() == 0, "only root may mount")) func onAFullDiskNoMarkerIsLeft() throws {
        scene.tree.folder("small")
        let folder = scene.tree.path("small")
        try #require(
            mount("tmpfs", folder.string, "tmpfs", 0, "size=4k") == 0, "no file system may be mounted here")
        defer { umount2(folder.string, 2) }
        scene.tree.write("small/rest", String(repeating: "x", count: 4096))
        let error = #expect(throws: StokerError.self) {
            try BuildMarker.attempt(folder.appending("m"), holder: LockScene.holder())
        }
        #expect(error?.code == .cannotWrite)
        #expect(error?.cause == Errno.noSpace.description)
        #expect(try FileStatus.of(folder.appending("m").string) == nil)
    }
}
