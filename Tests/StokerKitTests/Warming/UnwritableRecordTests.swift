import Glibc
import StokerCore
@testable import StokerKit
import SystemPackage
import Testing

/// A record that cannot be written takes the image from nobody, and is not built for again and again.
@Suite(.enabled(if: TestEngine.isThere, "\(TestEngine.skipped)"), .timeLimit(.minutes(30)))
struct UnwritableRecordTests {
    private static let name = ".docker_test_cache.json"

    /// A folder in the record's place, which stops root as well.
    private func withObstacle(_ body: (WarmFixture, Warmer) async throws -> Void) async throws {
        try await WarmFixture.with { fixture in
            fixture.project.folder(Self.name)
            try await body(fixture, fixture.warmer())
        }
    }

    private static func words(_ fixture: WarmFixture) -> String {
        let record = fixture.project.path(name)
        return "other programs may take the image for outdated: the record \(record) is a folder; remove it"
    }

    @Test func theImageIsBuiltOnceAndThenThere() async throws {
        try await withObstacle { fixture, warmer in
            let built = try await warmer.warm(fixture.request) { fixture.note($0) }
            fixture.note(built)
            #expect(built.outcome == .built)
            #expect(built.warnings.last == Self.words(fixture))
            try fixture.expectLiveContent()
            let hit = try await warmer.warm(fixture.request) { fixture.note($0) }
            #expect(hit.outcome == .hit)
            #expect(hit.imageID == built.imageID)
            #expect(hit.warnings == [Self.words(fixture)], "as long as it is so")
            let restored = try await fixture.warm()
            #expect(restored.outcome == .restored, "another process remembers nothing, and need not build")
            #expect(restored.warnings.last == Self.words(fixture))
            #expect(fixture.builds == 1)
        }
    }

    @Test func whatIsRememberedVouchesForNoOtherInputs() async throws {
        try await withObstacle { fixture, warmer in
            fixture.note(try await warmer.warm(fixture.request) { fixture.note($0) })
            fixture.project.write("data/f", "two")
            let edited = try await warmer.warm(fixture.request) { fixture.note($0) }
            fixture.note(edited)
            #expect(edited.outcome == .built)
            try fixture.expectLiveContent()
            try await fixture.engine.tag(TestEngine.base, as: fixture.tag)
            #expect(try await warmer.current(fixture.request) == nil, "the tag is another image now")
        }
    }

    @Test func theRecordOfAnotherBuildCountsMore() async throws {
        try await withObstacle { fixture, warmer in
            fixture.note(try await warmer.warm(fixture.request) { fixture.note($0) })
            rmdir(fixture.project.path(Self.name).string)
            fixture.project.write("data/f", "two")
            let other = try await fixture.warm()
            #expect(other.warnings == [])
            let hit = try await warmer.warm(fixture.request) { fixture.note($0) }
            #expect(hit.outcome == .hit)
            #expect(hit.imageID == other.imageID)
            #expect(hit.warnings == [])
        }
    }

    @Test func theDiskIsTriedAgainAfterAWhile() throws {
        let project = TestProject()
        let path = project.path(Self.name)
        project.folder(Self.name)
        let records = RecordMemory()
        let proof = CacheRecord.Proof(
            digest: "sha256:1", imageID: "sha256:2", engineID: "E", bases: [], seconds: 1, reason: "r")
        let record = CacheRecord(imageName: "a:1", builtAt: 1, proof: proof)
        #expect(try records.write(record, to: path)?.code == .cannotWrite)
        #expect(records.read(path) == .record(record))
        #expect(!records.isDue())
        #expect(records.isDue(at: .now.advanced(by: RecordMemory.pause)))
        rmdir(path.string)
        #expect(records.read(path) == .missing, "what has come in its place counts")
        #expect(try records.write(record, to: path) == nil)
        #expect(records.cause(at: path) == nil)
        #expect(records.read(path) == .record(record))
    }
}
