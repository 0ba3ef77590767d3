import StokerCore
@testable import StokerKit
import Testing

/// Bases whose names depend on the engine's platform.
@Suite(.enabled(if: TestEngine.isThere, Comment(rawValue: TestEngine.skipped)))
struct PlatformBaseTests {
    @Test(arguments: [
        "FROM ${TARGETOS}", "FROM build-$TARGETOS", "FROM --platform=$TARGETPLATFORM build-$TARGETOS",
    ])
    func aStageThatThePlatformNamesIsRead(_ from: String) async throws {
        guard try await EngineClient.with(TestEngine.endpoint(), { try await $0.hasBuildKit() }) else {
            return
        }
        try await WarmFixture.with { fixture in
            fixture.project.write("unread", "one")
            fixture.project.write(
                "Dockerfile",
                """
                FROM scratch AS linux
                COPY data /data
                FROM scratch AS build-linux
                COPY data /data
                FROM scratch AS build-windows
                COPY unread /data/
                \(from)

                """)
            #expect(try await fixture.warm().outcome == .built)
            #expect(try await fixture.warm().outcome == .hit)
            fixture.project.write("unread", "two")
            #expect(try await fixture.warm().outcome == .hit)
            fixture.project.write("data/f", "two")
            #expect(try await fixture.warm().outcome == .built)
            try fixture.expectLiveContent()
        }
    }

    @Test func anImageThatThePlatformNamesIsInTheRecord() async throws {
        guard try await EngineClient.with(TestEngine.endpoint(), { try await $0.hasBuildKit() }) else {
            return
        }
        try await WarmFixture.with { fixture in
            let nonce = TestEngine.unique("")
            let base = "stoker-test-linux:\(nonce)"
            try TestEngine.docker("tag", TestEngine.base, base)
            defer { _ = try? TestEngine.docker("rmi", base) }
            fixture.project.write("Dockerfile", "FROM stoker-test-$TARGETOS:\(nonce)\nCOPY data /data\n")
            #expect(try await fixture.warm().outcome == .built)
            #expect(fixture.record?.stoker?.bases.map(\.reference) == [base])
            #expect(fixture.record?.stoker?.bases.allSatisfy { $0.imageID != nil } == true)
            #expect(try await fixture.warm().outcome == .hit)
            // Another image of that name.
            fixture.project.folder("other")
            fixture.project.write("other/Dockerfile", "FROM \(TestEngine.base)\nLABEL other=\(nonce)\n")
            try TestEngine.build(base, in: fixture.project.path("other"))
            #expect(try await fixture.warm().outcome == .built)
        }
    }

    @Test func thePlatformOfTheEngineLeavesNothingOpen() async throws {
        guard try await EngineClient.with(TestEngine.endpoint(), { try await $0.hasBuildKit() }) else {
            return
        }
        try await WarmFixture.with { fixture in
            let platform = try await fixture.engine.platform()
            fixture.project.write("unread", "one")
            fixture.project.write(
                "Dockerfile", "FROM --platform=\(platform) \(TestEngine.base)\nCOPY data /data\n")
            #expect(try await fixture.warm().outcome == .built)
            fixture.project.write("unread", "two")
            #expect(try await fixture.warm().outcome == .hit)
        }
    }

    @Test func aDockerfileInLowerCaseIsBuilt() async throws {
        try await WarmFixture.with { (fixture: WarmFixture) async throws in
            fixture.project.move("Dockerfile", to: "dockerfile")
            #expect(try await fixture.warm().outcome == .built)
            #expect(try await fixture.warm().outcome == .hit)
            fixture.project.write("Dockerfile", "FROM scratch\nCOPY data/f /data/\n")
            #expect(try await fixture.warm().outcome == .built)
            #expect(try fixture.content().count == 1)
        }
    }

    @Test func aHereDocumentDoesNotHideWhatIsCopied() async throws {
        try await WarmFixture.with { (fixture: WarmFixture) async throws in
            fixture.project.write("Dockerfile", "FROM scratch\nCOPY <<a<b data/f /data/\n")
            fixture.project.write("<<a<b", "one")
            #expect(try await fixture.warm().outcome == .built)
            fixture.project.write("<<a<b", "two")
            #expect(try await fixture.warm().outcome == .built)
            #expect(try fixture.text("<<a<b") == "two")
        }
    }
}
