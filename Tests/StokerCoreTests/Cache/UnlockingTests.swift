import Foundation
import Glibc
@testable import StokerCore
import SystemPackage
import TestSupport
import Testing

@Suite struct UnlockingTests {
    let scene = MarkerScene()

    func image(_ lockProtocol: LockProtocol, _ name: String? = nil) -> ImageSettings {
        var image = scene.tree.image()
        image.lockProtocol = lockProtocol
        if lockProtocol == .marker { image.lock = scene.marker }
        if let name { image.lock = scene.tree.path(name) }
        return image
    }

    func unlock(_ image: ImageSettings, isForced: Bool = false) throws -> LockFinding {
        try ImageLock.unlock(image, isForced: isForced)
    }

    @Test(arguments: LockProtocol.allCases, [false, true]) func whatIsNotThereIsFree(
        lockProtocol: LockProtocol, isForced: Bool
    ) throws {
        let finding = try unlock(image(lockProtocol), isForced: isForced)
        #expect(finding.state == .free)
        #expect(finding.words == "is not locked")
        #expect(try scene.names() == [])
    }

    @Test(arguments: [false, true]) func aFlockIsLeftToItsHolder(isForced: Bool) throws {
        let image = image(.flock)
        let lock = try #require(try BuildLock.tryAcquire(image.lock, holder: LockScene.holder()))
        let finding = try unlock(image, isForced: isForced)
        #expect(finding.state == .held)
        #expect(finding.holder == LockScene.holder())
        #expect(
            finding.words
                == "is held by stoker warm (process 4711 on build-3), which builds t:1; it needs no "
                + "unlocking, since a flock ends with its holder")
        #expect(lock.isStillOurs)
        lock.release()
        #expect(try unlock(image).state == .free)
    }

    @Test func aFlockFileThatNobodyHoldsIsFree() throws {
        let image = image(.flock)
        scene.tree.write(".docker_build.lock", String(decoding: LockScene.holder().line, as: UTF8.self))
        #expect(try unlock(image).state == .free)
        #expect(try scene.names() == [".docker_build.lock"])
    }

    @Test(arguments: ["", "4711\n", "garbage", String(repeating: "x", count: 10_000)])
    func aMarkerThatProvesNothingIsRemoved(text: String) throws {
        scene.tree.write(MarkerScene.name, text)
        let finding = try unlock(image(.marker))
        #expect(finding.state == .removed)
        #expect(finding.words.hasPrefix("has been removed; it was a marker of which nothing is proved: it "))
        #expect(try scene.names() == [])
    }

    @Test func aMarkerOfAnotherMachineIsRemoved() throws {
        var left = try MarkerScene.dead()
        left.machine = String(repeating: "0", count: 64)
        scene.leave(by: left)
        let finding = try unlock(image(.marker))
        #expect(finding.state == .removed)
        #expect(finding.holder?.pid == left.pid)
        #expect(finding.words.contains("its process was on another machine"))
        #expect(try scene.names() == [])
    }

    @Test func aDeadHoldersMarkerIsRemoved() throws {
        scene.leave(by: try MarkerScene.dead())
        let finding = try unlock(image(.marker))
        #expect(finding.state == .removed)
        #expect(finding.words.contains("its process has ended"))
        #expect(try scene.names() == [])
    }

    @Test func aLivingHoldersMarkerGoesByForceAlone() throws {
        let marker = try scene.take()
        let held = try unlock(image(.marker))
        #expect(held.state == .held)
        #expect(held.words.contains("held by stoker warm (process \(getpid()) on "))
        #expect(marker.isStillOurs)
        let removed = try unlock(image(.marker), isForced: true)
        #expect(removed.state == .removed)
        #expect(removed.holder?.pid == getpid())
        #expect(!marker.isStillOurs)
        #expect(try scene.names() == [])
    }

    @Test(arguments: [false, true]) func aPersonsFileIsNotTakenForAMarker(isForced: Bool) throws {
        scene.tree.write("thesis.tex", "\\documentclass{book}")
        let error = #expect(throws: StokerError.self) {
            try unlock(image(.marker, "thesis.tex"), isForced: isForced)
        }
        #expect(error?.code == .cannotWrite)
        #expect(error?.message.contains("is not a marker of Stoker's") == true)
        #expect(try scene.text("thesis.tex") == "\\documentclass{book}")
    }

    @Test func aNameOfThePersonsChoiceServesWhenItsFileIsAMarker() throws {
        scene.tree.write("m", String(decoding: LockScene.holder().line, as: UTF8.self))
        #expect(try unlock(image(.marker, "m")).state == .removed)
        #expect(try scene.names() == [])
    }

    @Test func whatIsNoFileIsRefused() throws {
        scene.tree.link(MarkerScene.name, to: "nothing")
        #expect(throws: StokerError.self) { try unlock(image(.marker), isForced: true) }
        #expect(try scene.names() == [MarkerScene.name])
    }
}
