import Foundation
import Glibc
import StokerCore
@testable import StokerKit
import Synchronization
import SystemPackage
import Testing

@Suite struct EngineClientTests {
    static let info = #"{"ID":"E","SystemTime":"2026-01-01T00:00:00Z","ServerVersion":"20"}"#

    @Test(
        arguments: [
            ("1.24", "1.24"), ("1.41", "1.41"), ("1.44", "1.44"), ("1.51", "1.51"), ("1.52", "1.51"),
            ("1.99", "1.51"), ("2.0", "1.51"), (nil, "1.41"), ("nonsense", "1.41"), ("", "1.41"),
        ] as [(String?, String)])
    func theLowerVersionIsSpoken(theirs: String?, spoken: String) async throws {
        try await FakeEngine.with(version: theirs) {
            $0.resource == "/info" ? .json(EngineClientTests.info) : nil
        } _: { engine, client in
            #expect(try await client.info().id == "E")
            _ = try await client.info()
            #expect(engine.requests.map(\.target) == ["/_ping", "/v\(spoken)/info", "/v\(spoken)/info"])
        }
    }

    /// Engine 20.10 says nothing, podman says 1 or, up to 5.4, only that it is podman.
    @Test(
        arguments: [
            ([:], true), (["Builder-Version": "2"], true), (["Builder-Version": "1"], false),
            (["Builder-Version": "", "Libpod-Api-Version": "5.4.2"], false),
        ] as [([String: String], Bool)])
    func anEngineSaysWhetherItHasBuildKit(headers: [String: String], hasBuildKit: Bool) async throws {
        try await FakeEngine.with { request in
            return request.line == "GET /_ping" ? .answer(200, "OK", headers: headers) : nil
        } _: { _, client in
            let answer = try await client.hasBuildKit()
            #expect(answer == hasBuildKit)
        }
    }

    @Test func everyRequestNamesAHost() async throws {
        try await FakeEngine.with {
            $0.resource == "/info" ? .json(EngineClientTests.info) : nil
        } _: { engine, client in
            _ = try await client.info()
            #expect(engine.requests.map { $0.headers["host"] } == ["docker", "docker"])
        }
    }

    @Test func theVersionIsAskedForAgainWhenTheEngineWasAway() async throws {
        let project = TestProject()
        let path = project.folder.appending("e").string
        let script: FakeEngine.Script = { $0.resource == "/info" ? .json(EngineClientTests.info) : nil }
        let first = FakeEngine(path: path, version: "1.41", script)
        try await EngineClient.with(first.endpoint, patience: .ofTests) { client in
            _ = try await client.info()
            first.close()
            await #expect(throws: StokerError.self) { try await client.info() }
            let second = FakeEngine(path: path, version: "1.44", script)
            _ = try await client.info()
            #expect(second.requests.map(\.target) == ["/_ping", "/v1.44/info"])
            second.close()
            #expect(first.untold + second.untold == [])
        }
    }

    /// As after the engine was restarted, which closes the connections that were kept.
    @Test func aQuestionOnALostConnectionIsAskedAgain() async throws {
        let asked = Atomic(0)
        try await FakeEngine.with { request in
            if request.resource != "/info" { return nil }
            let isFirst = asked.add(1, ordering: .relaxed).oldValue == 0
            return isFirst ? .raw("") : .json(EngineClientTests.info)
        } _: { engine, client in
            let info = try await client.info()
            #expect(info.id == "E")
            #expect(engine.lines == ["GET /info", "GET /info"])
        }
    }

    /// As containerd's image store answers when another image goes meanwhile.
    @Test(arguments: [404, 500])
    func aListThatARemovalSpoiltIsAskedForAgain(status: Int) async throws {
        let asked = Atomic(0)
        try await FakeEngine.with { request in
            guard request.resource.hasPrefix("/images/") else { return nil }
            let number = asked.add(1, ordering: .relaxed).oldValue
            return number % 3 < 2
                ? .failure(status, "failed to read config content: content digest sha256:0: not found")
                : .json(request.resource.hasPrefix("/images/json") ? "[]" : #"{"Id":"sha256:1"}"#)
        } _: { engine, client in
            let tags = try await client.tags(ofRepository: "a")
            let all = try await client.images()
            let image = try await client.image("a")
            #expect(tags == [] && all == [] && image?.id == "sha256:1")
            #expect(engine.lines.count == 9)
        }
    }

    /// As containerd's image store answers when somebody else puts the same tag at the same time.
    @Test func aTagThatSomebodyElsePutMeanwhileIsPutAgain() async throws {
        let asked = Atomic(0)
        try await FakeEngine.with { request in
            guard request.method == "POST" else { return nil }
            let isFirst = asked.add(1, ordering: .relaxed).oldValue == 0
            return isFirst ? .failure(500, "image \"a:b\": already exists") : .answer(201, "")
        } _: { engine, client in
            try await client.tag("sha256:1", as: "a:b")
            #expect(engine.lines.count == 2)
        }
    }

    /// It may have been carried out.
    @Test func whatIsNoQuestionIsNotRepeated() async throws {
        try await FakeEngine.with {
            $0.method == "DELETE" ? .raw("") : nil
        } _: { engine, client in
            await #expect(throws: StokerError.self) { try await client.untag("a:b") }
            #expect(engine.lines == ["DELETE /images/a:b?noprune=true"])
        }
    }

    @Test(arguments: [
        ("app:latest", "/images/app:latest/json"),
        ("host:5000/team/app:1.0", "/images/host:5000/team/app:1.0/json"),
        ("sha256:0123", "/images/sha256:0123/json"),
        ("a b%c?d#e", "/images/a%20b%25c%3Fd%23e/json"),
    ])
    func referencesKeepTheirSlashesAndColonsAlone(reference: String, resource: String) async throws {
        try await FakeEngine.with {
            $0.line == "GET \(resource)" ? .json(#"{"Id":"sha256:1"}"#) : nil
        } _: { _, client in
            let image = try await client.image(reference)
            #expect(image?.id == "sha256:1")
        }
    }

    @Test(arguments: [
        ("app", "app", "latest"), ("app:1", "app", "1"), ("host:5000/app", "host:5000/app", "latest"),
        ("host:5000/a/b:tag", "host:5000/a/b", "tag"), ("a/b/c:x.y-z", "a/b/c", "x.y-z"),
    ])
    func aReferenceIsSplitAtItsTag(reference: String, repository: String, tag: String) {
        let split = EngineClient.split(reference)
        #expect(split.repository == repository)
        #expect(split.tag == tag)
    }

    @Test func aTagIsGivenAndTaken() async throws {
        let given = "POST /images/sha256:1/tag?repo=host%3A5000%2Fapp&tag=1"
        try await FakeEngine.with { request in
            switch request.line {
            case given: .answer(201, "")
            case "DELETE /images/host:5000/app:1?noprune=true": .json("[]")
            default: nil
            }
        } _: { engine, client in
            try await client.tag("sha256:1", as: "host:5000/app:1")
            try await client.untag("host:5000/app:1")
            #expect(engine.lines.count == 2)
        }
    }

    @Test func tagsOfARepositoryAreItsOwn() async throws {
        let images = """
            [{"Id":"1","RepoTags":["stoker-build:a-1","other:x"]},{"Id":"2","RepoTags":null},
            {"Id":"3","RepoTags":["stoker-build:b-2","not/stoker-build:c"]}]
            """
        try await FakeEngine.with {
            $0.resource.hasPrefix("/images/json?filters=") ? .json(images) : nil
        } _: { engine, client in
            let tags = try await client.tags(ofRepository: "stoker-build")
            #expect(tags == ["stoker-build:a-1", "stoker-build:b-2"])
            let query = try #require(engine.requests.last?.target.split(separator: "=").last)
            #expect(String(query).removingPercentEncoding == #"{"reference":{"stoker-build":true}}"#)
        }
    }

    @Test func keptTagsAreFoundHoweverTheEngineWritesThem() {
        let tag = KeptTag(name: KeptName(digest: .zero, bases: []), key: "0123456789abcdef")
        let rows = [
            ("", true), ("docker.io/library/", true), ("localhost/", true), ("ghcr.io/", false),
            ("docker.io/", false), ("me/", false), ("localhost/docker.io/library/", false),
        ]
        for (origin, isFound) in rows {
            let image = ListedImage(id: "1", tags: ["<none>:<none>", origin + tag.reference], created: nil)
            #expect(image.keptTags == (isFound ? [tag] : []), "\(origin)")
        }
        #expect(ListedImage(id: "1", tags: nil, created: nil).keptTags == [])
    }

    struct Refusal: Sendable {
        var answer: FakeEngine.Answer
        var cause: String
    }

    @Test func aFailureIsToldInTheEnginesWords() async throws {
        let refusals = [
            Refusal(answer: .failure(500, "disk is full"), cause: "disk is full"),
            Refusal(answer: .failure(404, "no such thing"), cause: "no such thing"),
            Refusal(answer: .failure(409, "conflict: in use"), cause: "conflict: in use"),
            Refusal(answer: .answer(502, "<html>proxy</html>"), cause: "<html>proxy</html>"),
            Refusal(answer: .answer(503, ""), cause: "status 503"),
        ]
        for refusal in refusals {
            try await FakeEngine.with {
                $0.resource == "/info" ? refusal.answer : nil
            } _: { _, client in
                let error = await #expect(throws: StokerError.self) { try await client.info() }
                #expect(error?.code == .engineUnavailable)
                #expect(error?.cause == refusal.cause)
                #expect(error?.nextStep != nil)
            }
        }
    }

    @Test func whatIsMissingIsNil() async throws {
        try await FakeEngine.with { _ in
            .failure(404, "no such")
        } _: { _, _ in
        }
        try await FakeEngine.with {
            $0.line == "GET /_ping" ? nil : .failure(404, "no such")
        } _: { engine, client in
            #expect(try await client.image("a:b") == nil)
            #expect(try await client.container("c") == nil)
            #expect(try await client.liveExecs(["x", "y"]) == nil)
            try await client.untag("a:b")
            #expect(engine.lines.count == 4)
        }
    }

    @Test(arguments: [
        (204, "", EngineClient.Removal.removed), (404, "no such container", .gone),
        (409, "removal of container abc is already in progress", .inProgress),
        (409, "container is running: stop it first", .refused("container is running: stop it first")),
        (500, "driver failed", .refused("driver failed")),
    ])
    func anAttemptToRemoveEnds(status: Int, message: String, ending: EngineClient.Removal) async throws {
        let id = String(repeating: "a", count: 64)
        try await FakeEngine.with {
            $0.line == "DELETE /containers/\(id)?force=true&v=true" ? .failure(status, message) : nil
        } _: { _, client in
            let removal = try await client.removeContainer(id)
            #expect(removal == ending)
        }
    }
}
