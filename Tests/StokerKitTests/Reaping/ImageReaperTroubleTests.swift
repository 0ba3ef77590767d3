import Logging
import StokerCore
@testable import StokerKit
import SystemPackage
import Testing

/// What is asked of an engine that answers as it is told, and in which order.
struct ImageReaperTroubleTests {
    private static let key = "0000000000000001"
    private static let other = "0000000000000002"
    private static let machine = MachineIdentity.text

    private static func name(_ number: Int) -> KeptName {
        KeptName(digest: .zero, bases: [BaseImage(reference: "\(number)", imageID: nil)])
    }

    private static func tag(_ number: Int, key: String = key) -> String {
        KeptTag(name: name(number), key: key).reference
    }

    private static func listed(_ id: String, _ references: [String], digests: [String] = []) -> String {
        func list(_ texts: [String]) -> String {
            "[" + texts.map { "\"\($0)\"" }.joined(separator: ",") + "]"
        }
        return #"{"Id":"sha256:\#(id)","RepoTags":\#(list(references)),"RepoDigests":\#(list(digests)),"#
            + #""Created":1577836800,"Size":1000}"#
    }

    private static func shown(
        _ id: String, tagged: String = "2020-01-01T00:00:00Z", tags: String = "", layers: [String] = []
    ) -> FakeEngine.Answer {
        .json(
            #"{"Id":"sha256:\#(id)","RepoTags":[\#(tags)],"RootFS":{"Layers":\#(layers)},"#
                + #""Metadata":{"LastTagTime":"\#(tagged)"}}"#)
    }

    private static func history(_ id: String) -> FakeEngine.Answer {
        .json(#"[{"Created":2,"CreatedBy":"\#(id)","Size":10},{"Created":1,"CreatedBy":"FROM","Size":100}]"#)
    }

    struct Outcome {
        var images: [ReapReport.Image] = []
        var lines: [String] = []
    }

    /// - Parameters:
    ///   - kept: the images that this cache knows of, the last used first; their IDs are `sha256:<number>`.
    ///   - used: what containers use.
    private func reap(
        _ images: [String], kept: [Int] = [], keep: Int = 9, used: [String?] = [], maxSize: Int64 = .max,
        dead: [ScratchTag] = [], script: @escaping FakeEngine.Script
    ) async throws -> Outcome {
        var outcome = Outcome()
        try await FakeEngine.with { request in
            switch request.line {
            case "GET /images/json": return .json("[" + images.joined(separator: ",") + "]")
            case "GET /containers/json?all=true":
                let containers = used.map { id in
                    #"{"Id":"c","Names":["/c"],"Image":"i","State":"exited","Created":1"#
                        + (id.map { #","ImageID":"\#($0)""# } ?? "") + "}"
                }
                return .json("[" + containers.joined(separator: ",") + "]")
            case "GET /info": return .json(#"{"ID":"E","SystemTime":"2020-02-01T00:00:00Z"}"#)
            default: return script(request)
            }
        } _: { engine, client in
            let project = TestProject()
            let lists = KeptLists(cache: project.cache)
            for number in kept.reversed() {
                try lists.note(
                    KeptTag(name: Self.name(number), key: Self.key), imageID: "sha256:\(number)",
                    project: project.root, keep: keep)
            }
            for tag in dead { try DeadBuild.leave(tag, in: ScratchTagBook(cache: project.cache).folder) }
            var user = UserSettings(file: "/nowhere", home: "/nowhere")
            user.images.maxSize = maxSize
            outcome.images = try await ImageReaper(
                client, cache: project.cache, user: user, logger: Logger(label: "test")
            ).reap()
            outcome.lines = engine.lines
        }
        return outcome
    }

    private func delete(_ reference: String) -> String { "DELETE /images/\(reference)?noprune=false" }

    @Test func withoutATagOfStokersOwnNothingMoreIsAsked() async throws {
        let outcome = try await reap([
            Self.listed("1", ["app:latest", "stoker-kept:mine", "stoker-build:x", "x/" + Self.tag(1)])
        ]) { _ in nil }
        #expect(outcome.lines == ["GET /images/json"])
        #expect(outcome.images == [])
    }

    @Test func withinTheLimitNoSizeIsAskedFor() async throws {
        let images = [Self.listed("1", [Self.tag(1)]), Self.listed("2", [Self.tag(2)])]
        let outcome = try await reap(images, kept: [1, 2], maxSize: 2000) { _ in nil }
        #expect(outcome.lines == ["GET /images/json", "GET /containers/json?all=true"])
    }

    /// Each of them but the last is held by something; all have the same layer below.
    @Test func whatIsHeldIsNeitherCountedNorDropped() async throws {
        let images = [
            Self.listed("1", [Self.tag(1), "app:latest"]), Self.listed("2", [Self.tag(2)]),
            Self.listed("3", [Self.tag(3)], digests: ["app@sha256:3"]),
            Self.listed("4", [Self.tag(4), Self.tag(4, key: Self.other)]),
            Self.listed("9", [Self.tag(5)]),
            Self.listed("6", [Self.tag(6)], digests: ["stoker-kept@sha256:6"]),
        ]
        let outcome = try await reap(
            images, kept: [1, 2, 3, 4, 5, 6], used: ["sha256:2"], maxSize: 5
        ) { request in
            for id in ["1", "2", "3", "4", "9", "6"] {
                if request.line == "GET /images/sha256:\(id)/history" { return Self.history(id) }
                if request.line == "GET /images/sha256:\(id)/json" { return Self.shown(id) }
            }
            switch request.line {
            // That another's tag is not old is found out first.
            case "GET /images/\(Self.tag(4, key: Self.other))/json":
                return Self.shown("4", tagged: "2020-01-31T00:00:00Z")
            case "GET /images/\(Self.tag(6))/json": return Self.shown("6", tags: "\"\(Self.tag(6))\"")
            case delete(Self.tag(6)): return .json("[]")
            default: return nil
            }
        }
        #expect(outcome.images.map(\.reference) == [Self.tag(6)])
        #expect(outcome.images.map(\.decision) == [.removed])
        #expect(outcome.images.map(\.bytes) == [10], "the layer below is others' too")
    }

    /// Two builds of one second that copy files of the same size have the same history.
    @Test func oneThatIsHeldHoldsOnlyWhatHasTheSameContents() async throws {
        let images = [Self.listed("1", [Self.tag(1), "app:latest"]), Self.listed("2", [Self.tag(2)])]
        let outcome = try await reap(images, kept: [1, 2], maxSize: 5) { request in
            switch request.line {
            case "GET /images/sha256:1/history", "GET /images/sha256:2/history": Self.history("same")
            case "GET /images/sha256:1/json": Self.shown("1", layers: ["base", "one"])
            case "GET /images/sha256:2/json": Self.shown("2", layers: ["base", "two"])
            case "GET /images/\(Self.tag(2))/json": Self.shown("2", tags: "\"\(Self.tag(2))\"")
            case delete(Self.tag(2)): .json("[]")
            default: nil
            }
        }
        #expect(outcome.images.map(\.reference) == [Self.tag(2)])
        #expect(outcome.images.map(\.bytes) == [10])
    }

    @Test func anEngineThatDoesNotTellWhatContainersUseLosesNothing() async throws {
        await #expect(throws: StokerError.self) {
            try await reap([Self.listed("1", [Self.tag(1)])], kept: [1], used: [nil], maxSize: 0) { _ in nil }
        }
    }

    struct Change: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var shown: FakeEngine.Answer
        var removal: FakeEngine.Answer?
        var decision: ReapReport.Decision
        var words = ""
    }

    static let changes = [
        Change(
            testDescription: "it is as it was", shown: shown("2"), removal: .json("[]"), decision: .removed),
        Change(testDescription: "it is gone", shown: .failure(404, "No such image"), decision: .gone),
        Change(
            testDescription: "it goes between the look and the removal", shown: shown("2"),
            removal: .failure(404, "No such image"), decision: .gone),
        Change(
            testDescription: "it names another image", shown: shown("7"), decision: .keep,
            words: "another image"),
        Change(
            testDescription: "a container began to use it", shown: shown("2"),
            removal: .failure(409, "conflict: container 1 is using it"), decision: .keep,
            words: "container 1"),
        Change(
            testDescription: "the same in podman's words", shown: shown("2"),
            removal: .failure(500, "image is in use by a container"), decision: .keep, words: "in use"),
        Change(
            testDescription: "the engine refuses", shown: shown("2"), removal: .failure(500, "disk error"),
            decision: .failed, words: "disk error"),
    ]

    @Test(arguments: changes) func aSecondLookDecides(change: Change) async throws {
        let images = [Self.listed("1", [Self.tag(1)]), Self.listed("2", [Self.tag(2)])]
        let outcome = try await reap(images, kept: [1, 2], keep: 1) { request in
            switch request.line {
            case "GET /images/\(Self.tag(2))/json": change.shown
            case delete(Self.tag(2)): change.removal
            default: nil
            }
        }
        #expect(outcome.images.map(\.reference) == [Self.tag(2)])
        #expect(outcome.images.map(\.code) == ["superseded"])
        #expect(outcome.images.map(\.decision) == [change.decision])
        #expect(outcome.images[0].reason.contains(change.words))
    }

    @Test func whatWasTooLargeStaysIfSomebodyHasTaggedItMeanwhile() async throws {
        let outcome = try await reap([Self.listed("1", [Self.tag(1)])], kept: [1], maxSize: 0) { request in
            switch request.line {
            case "GET /images/sha256:1/history": Self.history("1")
            case "GET /images/sha256:1/json": Self.shown("1")
            case "GET /images/\(Self.tag(1))/json": Self.shown("1", tags: "\"\(Self.tag(1))\",\"mine:1\"")
            default: nil
            }
        }
        #expect(outcome.images.map(\.decision) == [.keep])
        #expect(outcome.images.map(\.reason) == ["mine:1 holds the image"])
    }

    /// As podman writes references.
    @Test func buildsOfWhichNothingIsKnownGoByTheirAgeAndTheDeadAtOnce() async throws {
        let tags = (1...4).map { _ in ScratchTag(key: Self.key) }
        let images = zip(1..., tags).map { number, tag in
            Self.listed("\(number)", ["localhost/" + tag.reference])
        }
        let outcome = try await reap(images, used: ["4"], dead: [tags[0], tags[3]]) { request in
            switch request.line {
            case "GET /images/\(tags[0].reference)/json": Self.shown("1")
            case "GET /images/\(tags[1].reference)/json": Self.shown("2", tagged: "2020-01-30T23:59:59Z")
            case "GET /images/\(tags[2].reference)/json": Self.shown("3", tagged: "2020-01-31T00:00:01Z")
            case delete(tags[0].reference), delete(tags[1].reference): .json("[]")
            default: nil
            }
        }
        #expect(outcome.images.map(\.reference) == [tags[0].reference, tags[1].reference])
        #expect(outcome.images.map(\.code) == ["build-dead", "build-past-age"])
        #expect(outcome.images.allSatisfy { $0.decision == .removed })
    }
}
