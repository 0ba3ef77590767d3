import StokerCore
import SystemPackage
import Testing

@testable import StokerKit

@Suite(.enabled(if: TestEngine.isThere, Comment(rawValue: TestEngine.skipped)))
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
        }
    }
}
