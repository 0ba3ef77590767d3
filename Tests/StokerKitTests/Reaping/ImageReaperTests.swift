import Foundation
import Glibc
import Logging
import StokerCore
@testable import StokerKit
import SystemPackage
import Testing

/// Which of Stoker's own tags go without a build, on a real engine.
@Suite(.engineSlots, .enabled(if: TestEngine.isThere, Comment(rawValue: TestEngine.skipped)))
struct ImageReaperTests {
    private func reaper(_ fixture: WarmFixture, maxSize: Int64 = .max) -> ImageReaper {
        var user = UserSettings(file: "/nowhere", home: "/nowhere")
        user.images.maxSize = maxSize
        return ImageReaper(
            fixture.engine, cache: fixture.project.cache, user: user, logger: Logger(label: "test"))
    }

    @discardableResult
    private func warm(_ fixture: WarmFixture, _ text: String) async throws -> WarmResult {
        fixture.project.write("data/f", text)
        return try await fixture.warm()
    }

    @Test(arguments: TestEngine.clients)
    func whatIsTooLargeGoesAndWhatAnythingElseHoldsStays(client: String) async throws {
        try await WarmFixture.with(client: client) { fixture in
            let person = fixture.tag + "-mine"
            let one = try await warm(fixture, "1")
            let persons = try await warm(fixture, "two")
            let used = try await warm(fixture, "three")
            let four = try await warm(fixture, "4")
            let now = try await warm(fixture, "five")
            try await fixture.engine.tag(persons.imageID, as: person)
            let container = try TestEngine.docker("create", "--network", "none", used.imageID, "true")
            defer { _ = try? TestEngine.docker("rm", container) }
            let all = try await fixture.keptImages()
            #expect(all == Set([one, persons, used, four, now].map(\.imageID)))

            let none = try await reaper(fixture).reap()
            #expect(none == [])
            let plan = try await reaper(fixture, maxSize: 0).reap(isDryRun: true)
            #expect(plan.map(\.imageID) == [one.imageID, four.imageID], "the least recently used first")
            #expect(plan.allSatisfy { $0.decision == .remove && $0.code == "exceeds-size" })
            #expect(plan.allSatisfy { ($0.bytes ?? 0) > 0 })
            #expect(try await fixture.keptImages() == all, "to say what would go removes nothing")

            // Just enough for one of the two.
            let limit = try #require(plan[1].bytes)
            let first = try await reaper(fixture, maxSize: limit).reap()
            #expect(first.map(\.imageID) == [one.imageID])
            let rest = try await reaper(fixture, maxSize: 0).reap()
            #expect((first + rest).map(\.decision) == [.removed, .removed])
            #expect(try await fixture.keptImages() == all.subtracting([one.imageID, four.imageID]))
            #expect(try await fixture.engine.image(one.imageID) == nil)
            #expect(try await fixture.engine.image(person)?.id == persons.imageID)
            #expect(try await fixture.engine.image(fixture.tag)?.id == now.imageID)
            let again = try await reaper(fixture, maxSize: 0).reap()
            #expect(again == [])
            // Without the person's tag and the container they are as the others. The person's was the last put, but
            // containerd's image store knows the times of the tags that are left.
            try await fixture.engine.untag(person)
            try TestEngine.docker("rm", container)
            let last = try await reaper(fixture, maxSize: 0).reap()
            let order = [used, persons].map(\.imageID)
            #expect(last.map(\.imageID) == (try TestEngine.hasContainerdStore() ? order.reversed() : order))
            try fixture.expectLiveContent()
        }
    }

    @Test func whatAContainerHeldGoesOnceItIsGoneWithoutABuild() async throws {
        try await WarmFixture.with(keep: 1) { fixture in
            let one = try await warm(fixture, "1")
            let container = try TestEngine.docker("create", "--network", "none", one.imageID, "true")
            defer { _ = try? TestEngine.docker("rm", container) }
            let two = try await warm(fixture, "2")
            #expect(try await reaper(fixture).reap() == [])
            #expect(try await fixture.keptImages() == [one.imageID, two.imageID])
            try TestEngine.docker("rm", container)
            let outcome = try await reaper(fixture).reap()
            #expect(outcome.map(\.imageID) == [one.imageID])
            #expect(outcome.map(\.code) == ["superseded"])
            #expect(try await fixture.keptImages() == [two.imageID])
            #expect(try await fixture.engine.image(one.imageID) == nil)
        }
    }

    @Test func theImagesOfAProjectThatIsGoneGoButNotThoseOfAnotherCache() async throws {
        try await WarmFixture.with { fixture in
            let one = try await warm(fixture, "1")
            let two = try await warm(fixture, "2")
            let other = KeptTag(
                name: try #require(try await fixture.kept().first).name, key: "feedfeedfeedfeed")
            try await fixture.engine.tag(two.imageID, as: other.reference)
            FileTree.remove(fixture.project.root)
            let list = fixture.project.cache.appending("kept").appending(fixture.key).string
            let container = try TestEngine.docker("create", "--network", "none", one.imageID, "true")
            defer { _ = try? TestEngine.docker("rm", container) }
            let first = try await reaper(fixture, maxSize: 0).reap()
            #expect(first.map(\.imageID) == [two.imageID])
            #expect(access(list, F_OK) == 0, "it tells later whose the other is")
            try TestEngine.docker("rm", container)
            let second = try await reaper(fixture, maxSize: 0).reap()
            #expect(second.map(\.imageID) == [one.imageID])
            #expect((first + second).allSatisfy { $0.code == "project-gone" && $0.decision == .removed })
            #expect(try await fixture.engine.image(one.imageID) == nil)
            #expect(try await fixture.engine.image(other.reference)?.id == two.imageID)
            #expect(access(list, F_OK) != 0)
            try await fixture.engine.untag(other.reference)
        }
    }

    @Test func ofTemporaryTagsOnlyThoseOfDeadBuildsGo() async throws {
        try await WarmFixture.with { fixture in
            let book = ScratchTagBook(cache: fixture.project.cache)
            let (dead, alive, unknown) = (
                ScratchTag(key: fixture.key), ScratchTag(key: fixture.key), ScratchTag(key: fixture.key)
            )
            let foreign = TestEngine.unique("stoker-build:") + "-mine"
            let one = try await warm(fixture, "1")
            for tag in [dead, alive, unknown].map(\.reference) + [foreign] {
                try await fixture.engine.tag(one.imageID, as: tag)
            }
            let held = try HeldScratchTag(alive, in: book.folder)
            defer { held.remove() }
            try DeadBuild.leave(dead, in: book.folder)
            let plan = try await reaper(fixture).reap(isDryRun: true)
            #expect(plan.map(\.reference) == [dead.reference])
            let outcome = try await reaper(fixture).reap()
            #expect(outcome.map(\.decision) == [.removed])
            #expect(outcome.map(\.code) == ["build-dead"])
            let left = try await fixture.engine.image(one.imageID)?.tags ?? []
            #expect(Set(left).isSuperset(of: [alive.reference, unknown.reference, foreign, fixture.tag]))
            #expect(!left.contains(dead.reference))
            for tag in [alive.reference, unknown.reference, foreign] { try await fixture.engine.untag(tag) }
        }
    }
}

/// What a build leaves of itself whose process was killed.
enum DeadBuild {
    static func leave(_ tag: ScratchTag, in folder: FilePath) throws {
        let name = String(tag.reference.dropFirst("stoker-build:".count))
        var owner = try #require(ProcessIdentity.current)
        // Our number, of one that began at another time.
        owner.started += 1
        try PrivateDirectory.create(folder)
        let line = try JSONEncoder().encode(["owner": owner])
        let file = try HeldFile(folder.appending(name).string, O_WRONLY | O_CREAT | O_EXCL)
        try file.writeAll([UInt8](line))
    }
}
