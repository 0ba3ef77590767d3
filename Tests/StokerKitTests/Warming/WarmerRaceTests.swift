import Foundation
import Glibc
import StokerCore
@testable import StokerKit
import Synchronization
import SystemPackage
import Testing

/// What happens to the project while a build runs. The build waits for the test's word, so that nothing depends
/// on how fast anything is.
@Suite(
    .engineSlots, .timeLimit(.minutes(30)),
    .enabled(if: TestEngine.isThere, Comment(rawValue: TestEngine.skipped)))
struct WarmerRaceTests {
    @Test func anEditDuringTheBuildIsNotRecordedAsBuilt() async throws {
        try await WarmFixture.with(client: TestEngine.clients[0]) { fixture in
            let gate = WarmFixture.Gate(fixture)
            let first = try await gate.warm(whileItBuilds: {
                fixture.project.write("data/f", "two")
                fixture.project.write("data/g", "new")
            })
            #expect(first.outcome == .built)
            #expect(try fixture.text("f") == "one", "the image is that of its digest")
            #expect(try fixture.text("g") == nil)
            #expect("sha256:" + (fixture.record?.buildHash ?? "") == first.digest)
            let current = try await fixture.warmer().current(fixture.request)
            #expect(current == nil, "the next look is a miss")
            let second = try await fixture.warm()
            #expect(second.outcome == .built)
            try fixture.expectLiveContent()
        }
    }

    @Test(arguments: TestEngine.clients)
    func filesThatComeAndGoDuringTheBuildAreNoMatter(client: String) async throws {
        try await WarmFixture.with(client: client) { fixture in
            let project = fixture.project
            project.folder("data/d")
            project.write("data/d/g", "stays")
            try await WarmFixture.Gate(fixture).warm(
                whileItBuilds: {
                    project.write("data/ghost", "boo")
                    project.move("data/d", to: "away")
                    project.move("data/f", to: "f")
                },
                afterwards: {
                    project.remove("data/ghost")
                    project.move("away", to: "data/d")
                    project.move("f", to: "data/f")
                })
            #expect(try fixture.text("ghost") == nil)
            #expect(try fixture.text("d/g") == "stays")
            #expect(try fixture.text("f") == "one")
            let hit = try await fixture.warm()
            #expect(hit.outcome == .hit)
            try fixture.expectLiveContent()
        }
    }

    @Test func aLockFileThatIsRemovedDuringTheBuildStartsItOver() async throws {
        try await WarmFixture.with(client: TestEngine.clients[0]) { fixture in
            let gate = WarmFixture.Gate(fixture)
            let result = try await gate.warm(whileItBuilds: { fixture.project.remove(".docker_build.lock") })
            #expect(result.outcome == .built)
            #expect(gate.builds == 2)
            let warned = fixture.events.contains {
                if case .warning(let text) = $0 {
                    text.contains("was removed during the build")
                } else {
                    false
                }
            }
            #expect(warned)
            try fixture.expectLiveContent()
        }
    }

    @Test func aLockFileThatIsRemovedAgainAndAgainIsReported() async throws {
        try await WarmFixture.with(client: TestEngine.clients[0]) { fixture in
            let gate = WarmFixture.Gate(fixture)
            let error = await #expect(throws: StokerError.self) {
                try await gate.warm(
                    everyTime: true, whileItBuilds: { fixture.project.remove(".docker_build.lock") })
            }
            #expect(error?.code == .lockTimeout)
            #expect(error?.nextStep?.contains("git clean") == true)
            #expect(gate.builds == 3)
            #expect(fixture.record == nil)
            let image = try await fixture.engine.image(fixture.tag)
            #expect(image == nil, "nothing is published without the lock")
        }
    }

    @Test func aCancelledBuildPublishesNothingAndLetsTheLockGo() async throws {
        try await WarmFixture.with(client: TestEngine.clients[0]) { fixture in
            let gate = WarmFixture.Gate(fixture)
            let task = Task { try await gate.warmer.warm(fixture.request) { fixture.note($0) } }
            try await gate.begun()
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(fixture.record == nil)
            let image = try await fixture.engine.image(fixture.tag)
            #expect(image == nil)
            #expect(try FileStatus.of(fixture.request.image.lock.string) == nil)
            let result = try await fixture.warm()
            #expect(result.outcome == .built)
            try fixture.expectLiveContent()
        }
    }

    @Test func manyAtOnceBuildOnce() async throws {
        try await WarmFixture.with(client: TestEngine.clients[0]) { fixture in
            let results = try await withThrowingTaskGroup(of: WarmResult.self) { group in
                for _ in 0..<8 { group.addTask { try await fixture.warm() } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(results.filter { $0.outcome == .built }.count == 1)
            #expect(Set(results.map(\.imageID)).count == 1)
            #expect(results.allSatisfy { $0.outcome != .restored })
            let builds = fixture.events.filter { if case .building = $0 { true } else { false } }
            #expect(builds.count == 1)
        }
    }

    @Test func aHeldLockIsWaitedForAndItsHolderNamed() async throws {
        try await WarmFixture.with(client: TestEngine.clients[0]) { fixture in
            try await fixture.warm()
            fixture.project.write("data/f", "two")
            let holder = LockHolder(pid: 4711, host: "elsewhere", command: "other", since: 1, image: "i")
            let lock = try #require(try BuildLock.tryAcquire(fixture.request.image.lock, holder: holder))
            var request = fixture.request
            request.lockTimeout = .milliseconds(100)
            let error = await #expect(throws: StokerError.self) { try await fixture.warm(request) }
            #expect(error?.code == .lockTimeout)
            #expect(error?.message.contains("process 4711 on elsewhere") == true)
            #expect(fixture.events.contains(.waiting(holder)))
            // What the holder has built meanwhile is all that is needed.
            let task = Task { try await fixture.warm() }
            while fixture.events.filter({ $0 == .waiting(holder) }).count < 2 { await Task.yield() }
            fixture.project.write("data/f", "one")
            lock.release()
            let waited = try await task.value
            #expect(waited.outcome == .waited || waited.outcome == .built)
            try fixture.expectLiveContent()
        }
    }
}
