import Logging
import StokerCore
@testable import StokerKit
import Testing

/// What is dropped of others, on an engine that says how old everything is.
struct OldKeptTagTests {
    private static let name = KeptName(digest: .zero, bases: [])
    private static func tag(_ number: Int) -> String {
        KeptTag(name: name, key: "000000000000000\(number)").reference
    }

    private static func listed(_ reference: String, created: Int) -> String {
        #"{"Id":"sha256:\#(created)","RepoTags":["\#(reference)"],"Created":\#(created)}"#
    }

    private static func shown(tagged: String) -> FakeEngine.Answer {
        .json(#"{"Id":"sha256:1","RepoTags":[],"Metadata":{"LastTagTime":"\#(tagged)"}}"#)
    }

    private func drop(images: [String], _ script: @escaping FakeEngine.Script) async throws -> [String] {
        var lines: [String] = []
        try await FakeEngine.with {
            if $0.line.hasPrefix("GET /images/json") {
                return .json("[" + images.joined(separator: ",") + "]")
            }
            if $0.line == "GET /info" { return .json(#"{"ID":"E","SystemTime":"2020-02-01T00:00:00Z"}"#) }
            return script($0)
        } _: { engine, client in
            let project = TestProject()
            let warmer = Warmer(
                engine: client, project: project.root, imageName: "default", cache: project.cache,
                client: nil,
                logger: Logger(label: "test"))
            await warmer.dropSurplus(project.image(), latest: nil)
            lines = engine.lines.filter { !$0.hasPrefix("GET /images/json") }
        }
        return lines
    }

    @Test func whatWasTaggedLongAgoGoesByTheEnginesClock() async throws {
        // On 1 January 2020, and on 31 January.
        let images = [
            Self.listed(Self.tag(1), created: 1_577_836_800),
            Self.listed(Self.tag(2), created: 1_577_836_801),
            Self.listed(Self.tag(3), created: 1_577_836_802),
            Self.listed(Self.tag(4), created: 1_580_428_800),
            Self.listed("stoker-kept:mine", created: 1),
        ]
        let lines = try await drop(images: images) { request in
            switch request.line {
            case "GET /images/\(Self.tag(1))/json": Self.shown(tagged: "2020-01-02T00:00:00.5Z")
            case "GET /images/\(Self.tag(2))/json": Self.shown(tagged: "2020-01-30T00:00:00Z")
            case "GET /images/\(Self.tag(3))/json": Self.shown(tagged: "0001-01-01T00:00:00Z")
            case "DELETE /images/\(Self.tag(1))?noprune=true": .json("[]")
            default: nil
            }
        }
        #expect(
            lines == [
                "GET /info", "GET /images/\(Self.tag(1))/json", "GET /images/\(Self.tag(2))/json",
                "GET /images/\(Self.tag(3))/json", "DELETE /images/\(Self.tag(1))?noprune=true",
            ])
    }

    @Test func whereNothingIsOldTheEngineIsNotAsked() async throws {
        let lines = try await drop(images: [Self.listed(Self.tag(1), created: 32_503_680_000)]) { _ in nil }
        #expect(lines == [])
    }

    @Test func anEngineThatRefusesIsNoObstacle() async throws {
        let lines = try await drop(images: [Self.listed(Self.tag(1), created: 1)]) { request in
            switch request.line {
            case "GET /images/\(Self.tag(1))/json": Self.shown(tagged: "2019-01-01T00:00:00Z")
            case "DELETE /images/\(Self.tag(1))?noprune=true":
                .failure(409, "conflict: a container is using its referenced image")
            default: nil
            }
        }
        #expect(lines.last == "DELETE /images/\(Self.tag(1))?noprune=true")
    }
}
