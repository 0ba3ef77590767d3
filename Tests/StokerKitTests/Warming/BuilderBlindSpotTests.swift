import Glibc
import StokerCore
@testable import StokerKit
import SystemPackage
import Testing

/// With the real builder: what it overlooks in a live tree, it does not overlook in a snapshot.
@Suite(.engineSlots, .enabled(if: TestEngine.isThere, Comment(rawValue: TestEngine.skipped)))
struct BuilderBlindSpotTests {
    /// Builds the live tree as a person would.
    func plainBuild(_ fixture: WarmFixture, as tag: String) async throws {
        let client = try await BuilderClient.detect(fixture.client)
        let request = BuildRequest(
            image: fixture.request.image, credentials: .none, dockerfile: fixture.project.path("Dockerfile"),
            context: fixture.project.root, buildContexts: [:], tag: tag)
        let held = try HeldFile("/dev/null", O_RDONLY)
        try await ImageBuilder(client: client, endpoint: TestEngine.endpoint())
            .build(request, heldOpen: held) { _ in }
    }

    /// Whether a plain build gives the bytes of the one before. Not each time: an engine that is short of room forgets
    /// what it was sent, and one that still holds it for another build asks for everything again.
    private func isOverlooked(_ fixture: WarmFixture, as tag: String) async throws -> Bool {
        for text in ["new", "red", "sad", "raw", "odd"] {
            try await plainBuild(fixture, as: tag)
            let before = try fixture.text("f", of: tag)
            fixture.project.replaceUnnoticeably("data/f", text)
            try await plainBuild(fixture, as: tag)
            if try fixture.text("f", of: tag) == before { return true }
        }
        return false
    }

    @Test func newBytesOfTheSameSizeAndTimeAreInTheImage() async throws {
        try await WarmFixture.with(client: TestEngine.clients[0], keep: 0) { fixture in
            let plain = TestEngine.unique("stoker-test:")
            try await plainBuild(fixture, as: plain)
            try await fixture.warm()
            for text in ["two", "one", "six", "two", "ten"] {
                fixture.project.replaceUnnoticeably("data/f", text)
                let result = try await fixture.warm()
                #expect(result.outcome == .built)
                #expect(try fixture.text("f") == text)
            }
            if try await BuilderClient.detect(fixture.client).kind != .legacy {
                // The reason for all this. If it ever fails, the builder has learned to look.
                #expect(try await isOverlooked(fixture, as: plain))
            }
            try await fixture.engine.untag(plain)
        }
    }

    @Test(arguments: TestEngine.clients)
    func modesAreInTheImage(client: String) async throws {
        try await WarmFixture.with(client: client, keep: 0) { fixture in
            fixture.project.folder("data/d")
            try await fixture.warm()
            fixture.project.chmod("data/f", 0o755)
            try await fixture.warm()
            try fixture.expectLiveContent()
            fixture.project.chmod("data/d", 0o700)
            try await fixture.warm()
            try fixture.expectLiveContent()
            fixture.project.chmod("data/f", 0o600)
            fixture.project.chmod("data/d", 0o755)
            try await fixture.warm()
            try fixture.expectLiveContent()
        }
    }

    /// The legacy builder's cache looks at what links lead to, and at nothing where they lead nowhere.
    @Test(arguments: TestEngine.clients)
    func linksAreInTheImageAsTheyAre(client: String) async throws {
        try await WarmFixture.with(client: client, keep: 0) { fixture in
            fixture.project.link("data/l", to: "f")
            try await fixture.warm()
            for target in ["./f", "../data/f", "f", "l", "nowhere"] {
                fixture.project.remove("data/l")
                fixture.project.link("data/l", to: target)
                try await fixture.warm()
                try fixture.expectLiveContent()
            }
            fixture.project.link("data/loop", to: "loop")
            try await fixture.warm()
            try fixture.expectLiveContent()
        }
    }

    /// The builder never saw the tree without the folder, and takes the new one for the old.
    @Test func aFolderThatWasAwayDuringAFailureComesBackAsItIs() async throws {
        try await WarmFixture.with(client: TestEngine.clients[0], keep: 0) { fixture in
            let dockerfile = "FROM scratch\nCOPY data /data\n"
            fixture.project.folder("data/d")
            try await fixture.warm()
            fixture.project.remove("data/d")
            fixture.project.write("Dockerfile", "FROM scratch\nCOPY --nonsense data /data\n")
            await #expect(throws: Warmer.BuildRefusal.self) { try await fixture.warm() }
            fixture.project.folder("data/d", mode: 0o700)
            fixture.project.write("Dockerfile", dockerfile)
            try await fixture.warm()
            try fixture.expectLiveContent()
        }
    }

    /// A file too young for the index is copied again by the build after a failed one.
    @Test(arguments: TestEngine.clients)
    func modesSurviveAFailedBuild(client: String) async throws {
        try await WarmFixture.with(client: client, keep: 0) { fixture in
            fixture.project.write("data/run", "#!/bin/sh\n", mode: 0o755)
            fixture.project.write("Dockerfile", "FROM scratch\nCOPY --nonsense data /data\n")
            await #expect(throws: Warmer.BuildRefusal.self) { try await fixture.warm() }
            fixture.project.write("Dockerfile", "FROM scratch\nCOPY data /data\n")
            try await fixture.warm()
            try fixture.expectLiveContent()
        }
    }

    @Test(arguments: TestEngine.clients, [3, 4] as [UInt64])
    func randomEditsEndUpInTheImage(client: String, seed: UInt64) async throws {
        try await WarmFixture.with(client: client, keep: 0) { fixture in
            fixture.project.write("Dockerfile", "FROM scratch\nCOPY . /data\n")
            fixture.project.write(".dockerignore", "Dockerfile\n.dockerignore\n.docker_*\n")
            fixture.project.write("keep", fixture.tag)
            var editor = RandomEditor(project: fixture.project, seed: seed)
            for step in 1...8 {
                editor.editSome()
                try await fixture.warm()
                let plan = try InputPlan(image: fixture.request.image, ownFiles: fixture.request.ownFiles)
                let live = try SeenEntry.list(fixture.project.root, plan.main).map(\.lasting)
                #expect(try fixture.content() == live, "step \(step)")
            }
        }
    }
}
