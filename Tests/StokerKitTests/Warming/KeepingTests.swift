import Foundation
import Glibc
import Logging
import StokerCore
@testable import StokerKit
import SystemPackage
import Testing

/// Which images are kept, and for how long.
@Suite(.engineSlots, .enabled(if: TestEngine.isThere, Comment(rawValue: TestEngine.skipped)))
struct KeepingTests {
    /// Another clone of the same files.
    final class Clone: Sendable {
        let project = TestProject()
        let fixture: WarmFixture
        let cache: FilePath

        private init(_ fixture: WarmFixture, sharesCache: Bool) {
            self.fixture = fixture
            cache = sharesCache ? fixture.project.cache : project.cache
            for name in ["Dockerfile", "data/f", "data/tag"] {
                let bytes = try? HeldFile(fixture.project.path(name).string, O_RDONLY).readAll(limit: 1 << 20)
                if name == "data/f" { project.folder("data") }
                project.write(name, bytes: bytes ?? [])
            }
        }

        var tag: String { fixture.tag + "-clone" }
        var key: String { SnapshotStore(cache: cache).key(project: project.root, image: "default") }

        func warm() async throws -> WarmResult {
            let warmer = Warmer(
                engine: fixture.engine, project: project.root, imageName: "default", cache: cache,
                client: fixture.client, logger: Logger(label: "test"))
            let result = try await warmer.warm(project.request(project.image(tag: tag))) { _ in }
            fixture.note(result)
            return result
        }

        func kept() async throws -> [KeptTag] {
            try await fixture.engine.tags(ofRepository: KeptTag.repository).compactMap(KeptTag.init)
                .filter { $0.key == key }
        }

        /// Hands `body` a clone and afterwards leaves nothing of it on the engine.
        ///
        /// - Parameter sharesCache: as two worktrees of one person do.
        static func with(
            _ fixture: WarmFixture, sharesCache: Bool = true, _ body: (Clone) async throws -> Void
        ) async throws {
            let clone = Clone(fixture, sharesCache: sharesCache)
            let result: Result<Void, any Error>
            do { result = .success(try await body(clone)) } catch { result = .failure(error) }
            try await clone.remove()
            try result.get()
        }

        private func remove() async throws {
            for tag in try await kept() { try await fixture.engine.untag(tag.reference) }
            try await fixture.engine.untag(tag)
        }
    }

    /// Warms with this text in the one file that changes.
    @discardableResult
    private func warm(_ fixture: WarmFixture, _ text: String) async throws -> WarmResult {
        fixture.project.write("data/f", text)
        let result = try await fixture.warm()
        try fixture.expectLiveContent()
        return result
    }

    @Test(arguments: TestEngine.clients)
    func theThirdOfTwoGoesAndRestoringMakesTheLatest(client: String) async throws {
        try await WarmFixture.with(client: client, keep: 2) { fixture in
            let one = try await warm(fixture, "1")
            let two = try await warm(fixture, "2")
            var kept = try await fixture.keptImages()
            #expect(kept == [one.imageID, two.imageID])
            let again = try await warm(fixture, "1")
            #expect(again.outcome == .restored)
            let three = try await warm(fixture, "3")
            kept = try await fixture.keptImages()
            #expect(kept == [one.imageID, three.imageID])
            let gone = try await fixture.engine.image(two.imageID)
            #expect(gone == nil, "the image goes with its last tag")
            let outcomes = [
                try await warm(fixture, "1").outcome, try await warm(fixture, "3").outcome,
                try await warm(fixture, "2").outcome,
            ]
            #expect(outcomes == [.restored, .restored, .built])
        }
    }

    @Test func noneAreKeptWhereNoneAreWanted() async throws {
        try await WarmFixture.with(keep: 0) { fixture in
            try await warm(fixture, "1")
            let kept = try await fixture.kept()
            #expect(kept == [])
            try await warm(fixture, "2")
            let back = try await warm(fixture, "1")
            #expect(back.outcome == .built)
        }
    }

    @Test func thoseThatThereAreGoWhenNoneAreWantedAnyMore() async throws {
        try await WarmFixture.with { fixture in
            try await warm(fixture, "1")
            try await warm(fixture, "2")
            fixture.project.write("data/f", "3")
            var request = fixture.request
            request.image.keep = 0
            try await fixture.warm(request)
            let kept = try await fixture.kept()
            #expect(kept == [])
            try fixture.expectLiveContent()
        }
    }

    @Test func whatAContainerUsesStaysUntilTheNextTime() async throws {
        try await WarmFixture.with(keep: 1) { fixture in
            let one = try await warm(fixture, "1")
            let container = try TestEngine.docker("create", "--network", "none", one.imageID, "true")
            defer { _ = try? TestEngine.docker("rm", container) }
            try await warm(fixture, "2")
            let used = try await fixture.keptImages()
            #expect(used.contains(one.imageID))
            try TestEngine.docker("rm", container)
            let three = try await warm(fixture, "3")
            let kept = try await fixture.keptImages()
            #expect(kept == [three.imageID])
        }
    }

    @Test func aLostOrBrokenListLosesNothingButTheOrder() async throws {
        try await WarmFixture.with { fixture in
            let one = try await warm(fixture, "1")
            for damage in ["remove", "break", "link"] {
                try await warm(fixture, "2")
                let list = "../cache/kept/\(fixture.key)"
                fixture.project.remove(list)
                switch damage {
                case "break": fixture.project.write(list, "{")
                case "link": fixture.project.link(list, to: fixture.project.path("data/f").string)
                default: break
                }
                let back = try await warm(fixture, "1")
                #expect(back.outcome == .restored, "\(damage)")
                #expect(back.imageID == one.imageID)
                #expect(fixture.project.status(list).kind == .file)
            }
        }
    }

    @Test func anUnwritableListIsNoObstacle() async throws {
        try await WarmFixture.with(keep: 1) { fixture in
            fixture.project.write("../cache/kept", "no folder")
            try await warm(fixture, "1")
            let two = try await warm(fixture, "2")
            let kept = try await fixture.keptImages()
            #expect(kept == [two.imageID], "the one in use stays")
        }
    }

    @Test(arguments: [true, false])
    func aCloneRestoresWhatAnotherHasBuilt(sharesCache: Bool) async throws {
        try await WarmFixture.with(keep: 1) { fixture in
            try await Clone.with(fixture, sharesCache: sharesCache) { clone in
                let first = try await fixture.warm()
                let cloned = try await clone.warm()
                #expect(cloned.outcome == .restored)
                #expect([cloned.imageID, cloned.digest] == [first.imageID, first.digest])
                #expect(cloned.image == clone.tag)
                // What one has no more use for, the other keeps.
                try await warm(fixture, "2")
                var kept = try await clone.kept()
                #expect(kept.count == 1)
                clone.project.write("data/f", "3")
                let third = try await clone.warm()
                #expect(third.outcome == .built)
                kept = try await fixture.kept()
                #expect(kept.count == 1)
            }
        }
    }

    @Test func theImagesOfAProjectThatIsGoneAreDroppedByTheNext() async throws {
        try await WarmFixture.with { fixture in
            try await Clone.with(fixture) { clone in
                _ = try await clone.warm()
                let list = "../cache/kept/\(clone.key)"
                FileTree.remove(clone.project.root)
                try await warm(fixture, "2")
                let kept = try await clone.kept()
                #expect(kept == [])
                #expect(access(fixture.project.path(list).string, F_OK) != 0)
            }
        }
    }

    /// Its folder is not here, and that says nothing.
    @Test func theImagesOfAProjectOfAnotherMachineStay() async throws {
        try await WarmFixture.with { fixture in
            try await Clone.with(fixture) { clone in
                _ = try await clone.warm()
                let path = fixture.project.path("../cache/kept/\(clone.key)")
                let file = try HeldFile(path.string, O_RDONLY)
                var list = try #require(KeptList(try file.readAll(limit: 1 << 20)))
                list.machine = "another"
                fixture.project.write("../cache/kept/\(clone.key)", bytes: try list.encoded())
                FileTree.remove(clone.project.root)
                try await warm(fixture, "2")
                let kept = try await clone.kept()
                #expect(kept.count == 1)
            }
        }
    }
}
