import Foundation
import Glibc
import StokerCore
@testable import StokerKit
import SystemPackage
import Testing

/// Going back to an earlier state.
@Suite(
    .engineSlots, .timeLimit(.minutes(30)),
    .enabled(if: TestEngine.isThere, Comment(rawValue: TestEngine.skipped)))
struct RestoringTests {
    static let reason = "the inputs are those of an image built before"

    @Test(arguments: TestEngine.clients, [false, true])
    func anUndoneEditIsANewTagAndARecord(client: String, hasMissed: Bool) async throws {
        try await WarmFixture.with(client: client) { fixture in
            let first = try await fixture.warm()
            fixture.project.write("data/f", "another")
            let second = try await fixture.warm()
            #expect(second.outcome == .built)
            fixture.project.write("data/f", "one")
            var request = fixture.request
            // Without a digest from a look, the copy's tells.
            request.hasMissed = hasMissed
            let third = try await fixture.warm(request)
            #expect(third.outcome == .restored)
            #expect(third.reason == Self.reason)
            #expect([third.imageID, third.digest] == [first.imageID, first.digest])
            #expect(fixture.builds == 2)
            let image = try await fixture.engine.image(fixture.tag)
            #expect(image?.id == first.imageID)
            try fixture.expectLiveContent()
            let record = try #require(fixture.record)
            let engine = try await fixture.engine.info()
            #expect("sha256:" + record.buildHash == first.digest)
            #expect(record.stoker?.imageID == first.imageID)
            #expect(record.stoker?.engineID == engine.id)
            #expect(record.stoker?.reason == Self.reason)
            #expect(try FileStatus.of(fixture.request.image.lock.string) == nil)
            let leftovers = try await fixture.leftovers()
            #expect(leftovers == [])
            let fourth = try await fixture.warm()
            #expect(fourth.outcome == .hit)
            fixture.project.write("data/f", "another")
            let fifth = try await fixture.warm()
            #expect(fifth.outcome == .restored)
            #expect(fifth.imageID == second.imageID)
        }
    }

    @Test func aKeptTagThatWasRemovedByHandIsNoObstacle() async throws {
        try await WarmFixture.with { fixture in
            try await fixture.warm()
            fixture.project.write("data/f", "another")
            try await fixture.warm()
            for tag in try await fixture.kept() { try await fixture.engine.untag(tag.reference) }
            fixture.project.write("data/f", "one")
            let result = try await fixture.warm()
            #expect(result.outcome == .built)
            try fixture.expectLiveContent()
        }
    }

    /// Warms two states, moves the first one's kept tag to the image of the second, and goes back to the first.
    private func moveByHand(_ fixture: WarmFixture) async throws -> (
        other: String, Task<WarmResult, any Error>
    ) {
        let first = try await fixture.warm()
        fixture.project.write("data/f", "another")
        let second = try await fixture.warm()
        for tag in try await fixture.kept() {
            let image = try await fixture.engine.image(tag.reference)
            if image?.id == first.imageID { try await fixture.engine.tag(second.imageID, as: tag.reference) }
        }
        fixture.project.write("data/f", "one")
        return (second.imageID, Task { try await fixture.warm() })
    }

    @Test func aKeptTagThatWasMovedByHandIsNotBelieved() async throws {
        try await WarmFixture.with { fixture in
            let (other, warm) = try await moveByHand(fixture)
            let result = try await warm.value
            #expect(result.outcome == .built)
            #expect(result.imageID != other)
            try fixture.expectLiveContent()
            fixture.project.write("data/f", "another")
            let back = try await fixture.warm()
            #expect(back.outcome == .restored)
            try fixture.expectLiveContent()
        }
    }

    @Test func aBaseThatIsRetaggedIsNotRestored() async throws {
        try await WarmFixture.with { fixture in
            let base = TestEngine.unique("stoker-test:base-")
            try TestEngine.docker("tag", TestEngine.base, base)
            defer { _ = try? TestEngine.docker("rmi", base) }
            fixture.project.write("Dockerfile", "FROM \(base)\nCOPY data /data\n")
            let first = try await fixture.warm()
            let other = TestProject()
            other.write("Dockerfile", "FROM \(TestEngine.base)\nLABEL other=\(base)\n")
            try TestEngine.build(base, in: other.root)
            let second = try await fixture.warm()
            #expect(second.outcome == .built)
            #expect(second.reason == "the base image \(base) is another image now")
            #expect(second.digest == first.digest)
            try TestEngine.docker("tag", TestEngine.base, base)
            let third = try await fixture.warm()
            #expect(third.outcome == .restored)
            #expect(third.imageID == first.imageID)
        }
    }

    /// The record of such a build does not hold, and a kept tag would hold when the base is tagged back.
    @Test func anImageWhoseBaseWasRetaggedWhileItWasBuiltIsNotKept() async throws {
        try await WarmFixture.with { fixture in
            let base = TestEngine.unique("stoker-test:base-")
            try TestEngine.docker("tag", TestEngine.base, base)
            defer { _ = try? TestEngine.docker("rmi", base) }
            let other = TestProject()
            other.write("Dockerfile", "FROM \(TestEngine.base)\nLABEL other=\(base)\n")
            fixture.project.write("Dockerfile", "FROM \(base)\nCOPY data /data\n")
            try await WarmFixture.Gate(fixture).warm {
                try TestEngine.build(base, in: other.root)
            }
            let kept = try await fixture.kept()
            #expect(kept == [])
            try TestEngine.docker("tag", TestEngine.base, base)
            fixture.project.remove(".docker_test_cache.json")
            let result = try await fixture.warm()
            #expect(result.outcome == .built)
        }
    }

    @Test func whatIsBuiltWithPullIsNeitherKeptNorRestored() async throws {
        try await WarmFixture.with { fixture in
            try await fixture.warm()
            fixture.project.write("data/f", "another")
            var request = fixture.request
            request.image.pull = true
            try await fixture.warm(request)
            let kept = try await fixture.kept()
            #expect(kept.count == 1)
            fixture.project.write("data/f", "one")
            let result = try await fixture.warm(request)
            #expect(result.outcome == .built)
        }
    }

    /// What a kill between the two leaves: the tag is moved, and the record is the old one.
    @Test func aKillBetweenTagAndRecordIsMadeGoodWithoutABuild() async throws {
        try await WarmFixture.with { fixture in
            let record = fixture.request.image.record
            let first = try await fixture.warm()
            fixture.project.write("data/f", "another")
            fixture.project.move(".docker_test_cache.json", to: "old")
            // It cannot be replaced by a file.
            fixture.project.folder(".docker_test_cache.json")
            #expect(try await fixture.warm().warnings.last?.contains("is a folder") == true)
            let built = try await fixture.engine.image(fixture.tag)
            #expect(built?.id != first.imageID, "the tag has been moved")
            func bringBack() {
                fixture.project.remove(".docker_test_cache.json")
                fixture.project.move("old", to: ".docker_test_cache.json")
            }
            bringBack()
            #expect(CacheRecordFile(record).read().record?.stoker?.imageID == first.imageID)
            let second = try await fixture.warm()
            #expect(second.outcome == .restored)
            #expect(second.imageID == built?.id)
            #expect(fixture.builds == 2)
            try fixture.expectLiveContent()

            // The same where it was on the way to restore.
            fixture.project.write("data/f", "one")
            fixture.project.move(".docker_test_cache.json", to: "old")
            fixture.project.folder(".docker_test_cache.json")
            #expect(try await fixture.warm().warnings.last?.contains("is a folder") == true)
            let restored = try await fixture.engine.image(fixture.tag)
            #expect(restored?.id == first.imageID)
            bringBack()
            fixture.project.write("data/f", "another")
            let third = try await fixture.warm()
            #expect(third.outcome == .restored, "the record is of these inputs, and the tag of others")
            #expect(third.imageID == second.imageID)
            try fixture.expectLiveContent()
            #expect(fixture.builds == 2)
        }
    }

    /// The same inputs may have been refused on another base, or by an engine in trouble.
    @Test func anImageThatIsThereIsTakenWhateverWasRefused() async throws {
        try await WarmFixture.with { fixture in
            let first = try await fixture.warm()
            fixture.project.write("data/f", "another")
            let second = try await fixture.warm()
            fixture.project.write("data/f", "one")
            var request = fixture.request
            request.refused = ContentDigest(first.digest)
            let result = try await fixture.warm(request)
            #expect(result.outcome == .restored)
            #expect(result.imageID == first.imageID)
            fixture.project.write("data/f", "another")
            for tag in try await fixture.kept() { try await fixture.engine.untag(tag.reference) }
            request.refused = ContentDigest(second.digest)
            await #expect(throws: KnownRefusal.self) { try await fixture.warm(request) }
        }
    }

    @Test func aLockFileThatIsRemovedStartsItOver() async throws {
        try await WarmFixture.with { fixture in
            let first = try await fixture.warm()
            let warmer = fixture.warmer()
            let request = fixture.request
            let holder = LockHolder.current(command: "test", image: fixture.tag)
            let lock = try #require(try BuildLock.tryAcquire(request.image.lock, holder: holder))
            defer { lock.release() }
            fixture.project.write("data/f", "another")
            try TestEngine.docker("rmi", fixture.tag)
            fixture.project.write("data/f", "one")
            fixture.project.remove(".docker_build.lock")
            let candidate = try #require(try await warmer.look(request).candidate)
            let identity = Task { try await fixture.engine.info().id }
            await #expect(throws: Warmer.LockLost.self) {
                _ = try await warmer.restore(candidate, request, lock: lock, identity: identity)
            }
            let image = try await fixture.engine.image(fixture.tag)
            #expect(image == nil, "nothing is published without the lock")
            let result = try await fixture.warm()
            #expect(result.outcome == .restored)
            #expect(result.imageID == first.imageID)
        }
    }
}
