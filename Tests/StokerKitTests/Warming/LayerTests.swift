import Foundation
import Glibc
import StokerCore
@testable import StokerKit
import SystemPackage
import TestSupport
import Testing

/// What is in the layers of the image, as the engine saves them, that a container cannot tell.
@Suite(.engineSlots, .enabled(if: TestEngine.isThere, Comment(rawValue: TestEngine.skipped)))
struct LayerTests {
    /// The lines of `tar -tv` for the image's layers, which each engine calls differently; what else lies there is
    /// no archive.
    func layers(_ fixture: WarmFixture) throws -> [String] {
        let archive = fixture.project.folder.appending(TestEngine.unique("image-")).string
        try TestEngine.docker("save", "-o", archive, fixture.tag)
        let script = """
            mkdir '\(archive).d' && tar -C '\(archive).d' -xf '\(archive)' && cd '\(archive).d' &&
            find . -type f -exec tar --xattrs --xattrs-include='*' -tvvf {} ';' 2>/dev/null
            """
        let text = try Command("sh", "-c", script).output
        return text.split(separator: "\n").map(String.init)
    }

    /// `data/b link to data/a` for each hard link in the image.
    func links(_ fixture: WarmFixture) throws -> [String] {
        try layers(fixture).filter { $0.contains(" link to ") }.map {
            String($0[($0.range(of: "data/")?.lowerBound ?? $0.startIndex)...])
        }
    }

    func hardLink(_ fixture: WarmFixture, _ name: String, to other: String) throws {
        try #require(link(fixture.project.path(other).string, fixture.project.path(name).string) == 0)
    }

    @Test(arguments: TestEngine.clients)
    func hardLinksAreInTheImage(client: String) async throws {
        try await WarmFixture.with(client: client, keep: 0) { fixture in
            let project = fixture.project
            project.write("data/a", "same")
            try hardLink(fixture, "data/b", to: "data/a")
            let time = project.status("data/a").modified
            try await fixture.warm()
            #expect(try links(fixture) == ["data/b link to data/a"])

            project.remove("data/b")
            project.write("data/b", "same")
            project.touch("data/b", modified: time)
            let broken = try await fixture.warm()
            #expect(broken.outcome == .built)
            #expect(broken.reason == "data/b changed")
            #expect(try links(fixture) == [])

            project.remove("data/b")
            try hardLink(fixture, "data/b", to: "data/a")
            let made = try await fixture.warm()
            #expect(made.outcome == .built)
            #expect(try links(fixture) == ["data/b link to data/a"])
            try fixture.expectLiveContent()
        }
    }

    /// The Swift overlay of the C library does not have it.
    private func setAttribute(_ file: String, _ name: String, _ value: [UInt8]) throws {
        typealias Call =
            @convention(c) (UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafeRawPointer, Int, Int32) -> Int32
        let call = unsafeBitCast(try #require(dlsym(nil, "setxattr")), to: Call.self)
        try #require(call(file, name, value, value.count, 0) == 0, "no attributes on this file system")
    }

    /// No builder carries them from a context into an image, so neither snapshot nor digest has them. If this
    /// ever fails, a builder has begun to.
    @Test(arguments: TestEngine.clients)
    func extendedAttributesAreNotInTheImage(client: String) async throws {
        try await WarmFixture.with(client: client) { fixture in
            let file = fixture.project.path("data/f").string
            try setAttribute(file, "user.stoker", [0x78])
            // As setcap cap_net_raw+ep writes it; only root may.
            let capability: [UInt8] = [1, 0, 0, 2, 0, 0x20, 0, 0] + Array(repeating: 0, count: 12)
            if geteuid() == 0 {
                try setAttribute(file, "security.capability", capability)
            }
            let held = try HeldFile("/dev/null", O_RDONLY)
            let request = BuildRequest(
                image: fixture.request.image, credentials: .none,
                dockerfile: fixture.project.path("Dockerfile"), context: fixture.project.root,
                buildContexts: [:], tag: fixture.tag, withoutCache: true)
            try await ImageBuilder(
                client: BuilderClient.detect(client), endpoint: TestEngine.endpoint()
            ).build(request, heldOpen: held) { _ in }
            let lines = try layers(fixture)
            #expect(lines.contains { $0.hasSuffix("data/f") })
            #expect(!lines.contains { $0.contains("user.stoker") || $0.contains("security.capability") })
        }
    }
}
