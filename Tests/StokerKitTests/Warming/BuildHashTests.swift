import StokerCore
import SystemPackage
import Testing

@testable import StokerKit

@Suite(.engineSlots, .enabled(if: TestEngine.isThere, Comment(rawValue: TestEngine.skipped)))
struct BuildHashTests {
    @Test func aRecordThatCannotBeBroughtUpToDateTakesTheImageFromNobody() async throws {
        try await WarmFixture.with { fixture in
            let built = try await fixture.warm()
            var request = fixture.request
            request.image.buildHash = BuildHashRecipe(
                root: fixture.project.root, sources: [.init(folder: .root, name: "Dockerfile")])
            // Nothing can be made there.
            request.image.lock = FilePath("/proc/.docker_build.lock")
            let hit = try await fixture.warm(request)
            #expect(hit.outcome == .hit)
            #expect(hit.imageID == built.imageID)
            #expect(hit.warnings.count == 1)
            #expect(hit.warnings.first?.contains("/proc/.docker_build.lock") == true)
            // A folder in the place of its temporary file keeps it from being written, and read it can be.
            request.image.lock = fixture.request.image.lock
            fixture.project.folder(".stoker-tmp-.docker_test_cache.json")
            let other = try await fixture.warm(request)
            #expect(other.outcome == .hit)
            #expect(other.warnings.first?.contains(".docker_test_cache.json") == true)
            fixture.project.remove(".stoker-tmp-.docker_test_cache.json")
            let renewed = try await fixture.warm(request)
            #expect(renewed.warnings == [])
            let hash = try #require(request.image.buildHash).read().hash.hex
            #expect(fixture.record?.buildHash == hash)
        }
    }
}
