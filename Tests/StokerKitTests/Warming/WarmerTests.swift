import Foundation
import Glibc
import Logging
import StokerCore
@testable import StokerKit
import SystemPackage
import Testing

@Suite(.engineSlots, .enabled(if: TestEngine.isThere, Comment(rawValue: TestEngine.skipped)))
struct WarmerTests {
    static let clients = TestEngine.clients

    @Test(arguments: clients) func anImageIsBuiltOnceAndThenThere(client: String) async throws {
        try await WarmFixture.with(client: client) { fixture in
            let current = try await fixture.warmer().current(fixture.request)
            #expect(current == nil)
            let built = try await fixture.warm()
            #expect(built.outcome == .built)
            #expect(built.reason == "there is no record of an earlier build")
            #expect(built.image == fixture.tag)
            let image = try await fixture.engine.image(fixture.tag)
            #expect(image?.id == built.imageID)
            // Other tests build the same bytes, and so the same image, at the same time.
            #expect(image?.tags?.contains(fixture.tag) == true)
            #expect(try await fixture.leftovers().isEmpty)
            try fixture.expectLiveContent()

            let hit = try await fixture.warm()
            #expect(hit.outcome == .hit)
            #expect(hit.reason == nil)
            #expect([hit.imageID, hit.digest] == [built.imageID, built.digest])
            let again = try await fixture.warmer().current(fixture.request)
            #expect(again?.imageID == built.imageID)
            #expect(try FileStatus.of(fixture.request.image.lock.string) == nil, "the lock file is removed")
            let leftovers = try await fixture.leftovers()
            #expect(leftovers == [])
        }
    }

    /// The short way has missed, and somebody else built before the full way looked.
    @Test func whatWasBuiltSinceAMissIsFound() async throws {
        try await WarmFixture.with(client: WarmerTests.clients[0]) { fixture in
            let built = try await fixture.warm()
            var request = fixture.request
            request.hasMissed = true
            let found = try await fixture.warm(request)
            #expect(found.outcome == .hit)
            #expect([found.imageID, found.digest] == [built.imageID, built.digest])
            fixture.project.write("data/f", "another")
            let second = try await fixture.warm(request)
            #expect(second.outcome == .built)
            #expect(second.reason == "data/f changed")
        }
    }

    /// Its answer is waited for beside the copy, and must not outlast whoever wants it.
    @Test(.timeLimit(.minutes(30))) func aSilentClientIsNotWaitedFor() async throws {
        try await WarmFixture.with(client: WarmerTests.clients[0]) { fixture in
            let begun = fixture.project.folder.appending("begun").string
            let client = fixture.project.program("echo >'\(begun)'; exec sleep 600", name: "silent")
            let warmer = Warmer(
                engine: fixture.engine, project: fixture.project.root, imageName: "default",
                cache: fixture.project.cache, client: client, logger: Logger(label: "test"))
            let task = Task { try await warmer.warm(fixture.request) { _ in } }
            while access(begun, F_OK) != 0 { await Task.yield() }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test func theRecordSaysWhatWasBuilt() async throws {
        try await WarmFixture.with(client: WarmerTests.clients[0]) { fixture in
            let built = try await fixture.warm()
            let record = try #require(fixture.record)
            #expect("sha256:" + record.buildHash == built.digest)
            #expect(try record.imageID == TestEngine.docker("images", "-q", fixture.tag))
            #expect(record.imageName == fixture.tag)
            #expect(abs(record.buildTime - Date().timeIntervalSince1970) < 600)
            let engine = try await fixture.engine.info()
            #expect(record.stoker?.engineID == engine.id)
            #expect(record.stoker?.imageID == built.imageID)
            #expect(record.stoker?.digest == built.digest)
        }
    }

    @Test(arguments: clients) func anEditIsBuilt(client: String) async throws {
        try await WarmFixture.with(client: client) { fixture in
            let first = try await fixture.warm()
            fixture.project.write("data/f", "another")
            let second = try await fixture.warm()
            #expect(second.outcome == .built)
            #expect(second.reason == "data/f changed")
            #expect(second.digest != first.digest)
            try fixture.expectLiveContent()
        }
    }

    /// Whoever still has the descriptor open when it ends, such as a child that is being forked at that moment.
    @Test func theSnapshotIsFreeAfterTheBuild() async throws {
        try await WarmFixture.with(client: WarmerTests.clients[0]) { fixture in
            let client = fixture.project.program(
                """
                if [ "$1" = build ]; then
                    exec 3<&0
                    sleep 600 <&3 >/dev/null 2>&1 3<&- &
                    echo $! >>"$0.pids"
                fi
                exec '\(fixture.client)' "$@"
                """)
            defer {
                let pids = (try? fixture.project.left("docker.pids")) ?? ""
                for pid in pids.split(separator: "\n").compactMap({ pid_t($0) }) { kill(pid, SIGKILL) }
            }
            let warmer = Warmer(
                engine: fixture.engine, project: fixture.project.root, imageName: "default",
                cache: fixture.project.cache, client: client, logger: Logger(label: "test"))
            fixture.note(try await warmer.warm(fixture.request) { _ in })
            fixture.project.write("data/f", "another")
            let second = try await warmer.warm(fixture.request) { _ in }
            fixture.note(second)
            #expect(second.outcome == .built)
            #expect(second.reason == "data/f changed", "the snapshot was used again")
        }
    }

    struct Damage: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var damage: @Sendable (WarmFixture) throws -> Void
        var reason: @Sendable (WarmFixture) -> String
    }

    static func rewrite(_ fixture: WarmFixture, _ change: (inout CacheRecord) -> Void) throws {
        var record = try #require(fixture.record)
        change(&record)
        try CacheRecordFile(fixture.request.image.record).write(record)
    }

    static let damages = [
        Damage(testDescription: "image removed") {
            try TestEngine.docker("rmi", $0.tag)
        } reason: {
            "the image \($0.tag) is missing"
        },
        Damage(testDescription: "tag moved") {
            try TestEngine.docker("tag", TestEngine.base, $0.tag)
        } reason: {
            "\($0.tag) is another image now"
        },
        Damage(testDescription: "record removed") {
            $0.project.remove(".docker_test_cache.json")
        } reason: { _ in
            "there is no record of an earlier build"
        },
        Damage(testDescription: "record of another program") { fixture in
            try rewrite(fixture) { $0.stoker = nil }
        } reason: { _ in
            "the record was written by another program"
        },
        Damage(testDescription: "record of another tag") { fixture in
            try rewrite(fixture) { $0.imageName = "else:where" }
        } reason: { _ in
            "the record is of another image, else:where"
        },
        Damage(testDescription: "record of another engine") { fixture in
            try rewrite(fixture) {
                $0.stoker?.engineID = "ELSE"
                $0.stoker?.imageID = "sha256:" + String(repeating: "0", count: 64)
            }
        } reason: { _ in
            "the record is of another engine"
        },
        Damage(testDescription: "record of a later version") { fixture in
            try rewrite(fixture) { $0.stoker?.version += 1 }
        } reason: { _ in
            "the record was written by another program"
        },
        Damage(testDescription: "record cut short") {
            $0.project.write(".docker_test_cache.json", "{\"build_hash")
        } reason: {
            "the record \($0.request.image.record) cannot be used: it is not the JSON object that was expected"
        },
    ]

    @Test func whatNoLongerHoldsIsBuiltAnew() async throws {
        for damage in WarmerTests.damages {
            try await WarmFixture.with(client: WarmerTests.clients[0], keep: 0) { fixture in
                let first = try await fixture.warm()
                try damage.damage(fixture)
                let current = try await fixture.warmer().current(fixture.request)
                #expect(current == nil, "\(damage)")
                let second = try await fixture.warm()
                #expect(second.outcome == .built, "\(damage)")
                #expect(second.reason == damage.reason(fixture), "\(damage)")
                #expect(second.digest == first.digest, "\(damage)")
                try fixture.expectLiveContent()
                let third = try await fixture.warm()
                #expect(third.outcome == .hit, "\(damage)")
            }
        }
    }

    /// As after a kill between tag and record.
    @Test func aTagWithoutItsRecordIsNoHit() async throws {
        try await WarmFixture.with(client: WarmerTests.clients[0]) { fixture in
            try await fixture.warm()
            let old = try #require(fixture.record)
            fixture.project.write("data/f", "another")
            try await fixture.warm()
            try CacheRecordFile(fixture.request.image.record).write(old)
            fixture.project.write("data/f", "one")
            let result = try await fixture.warm()
            #expect(result.outcome == .restored)
            try fixture.expectLiveContent()
        }
    }

    @Test(arguments: clients) func aBuildThatFailsLeavesNothing(client: String) async throws {
        try await WarmFixture.with(client: client) { fixture in
            let marker = TestEngine.unique("marker-")
            fixture.project.write(
                "Dockerfile",
                "FROM \(TestEngine.base)\nLABEL marker=\(marker)\nRUN echo on the way && false\n")
            let refusal = await #expect(throws: Warmer.BuildRefusal.self) { try await fixture.warm() }
            #expect(refusal?.error.code == .buildFailed)
            #expect(refusal?.error.cause?.contains("on the way") == true)
            var index = StatIndex()
            let resolved = try await fixture.warmer().resolve(fixture.request)
            let inputs = try InputScanner.scan(resolved.plan, index: &index)
            #expect(refusal?.digest == inputs.digest)
            let leftovers = try await fixture.leftovers()
            #expect(leftovers == [])
            #expect(try TestEngine.docker("ps", "-aq", "--filter", "label=marker=\(marker)") == "")
            let image = try await fixture.engine.image(fixture.tag)
            #expect(image == nil)
            #expect(fixture.record == nil)
            #expect(try FileStatus.of(fixture.request.image.lock.string) == nil)

            var request = fixture.request
            request.refused = refusal?.digest
            await #expect(throws: KnownRefusal.self) { try await fixture.warm(request) }
        }
    }

    @Test func whatAKillLeftIsRemovedByTheNextBuild() async throws {
        try await WarmFixture.with(client: WarmerTests.clients[0]) { fixture in
            let left = ["1", "2"].map { "stoker-build:\(fixture.key)-\($0)" }
            let foreign = TestEngine.unique("stoker-build:feedfeedfeedfeed-")
            for tag in left + [foreign] { try TestEngine.docker("tag", TestEngine.base, tag) }
            defer { _ = try? TestEngine.docker("rmi", foreign) }
            try await fixture.warm()
            let leftovers = try await fixture.leftovers()
            #expect(leftovers == [])
            let other = try await fixture.engine.image(foreign)
            #expect(other != nil, "another image's build may be going on")
        }
    }

    /// The engine does not give up the last tag of an image that a container uses.
    @Test func aLeftoverInUseDoesNotStopTheNextBuild() async throws {
        try await WarmFixture.with(client: WarmerTests.clients[0]) { fixture in
            try await fixture.warm()
            let left = "stoker-build:\(fixture.key)-1"
            try TestEngine.docker("tag", fixture.tag, left)
            let container = try TestEngine.docker("create", "--network", "none", left, "true")
            defer { _ = try? TestEngine.docker("rm", container) }
            try TestEngine.docker("rmi", fixture.tag)
            fixture.project.write("data/f", "another")
            let result = try await fixture.warm()
            #expect(result.outcome == .built)
            try fixture.expectLiveContent()
            try TestEngine.docker("rm", container)
        }
    }
}
