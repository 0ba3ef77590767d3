import Glibc
import Logging
import StokerCore
@testable import StokerKit
import Synchronization
import SystemPackage
import Testing

/// What is asked of an engine about a dead build's steps, and in which order.
struct StepReapingTests {
    private static let a = String(repeating: "a", count: 64)
    private static let b = String(repeating: "b", count: 64)
    private static let c = String(repeating: "c", count: 64)
    private static let image = "/images/sha256:\(b)"
    private static let inspection = "GET \(image)/json"

    struct Outcome {
        var report = ReapReport(containers: [])
        var lines: [String] = []
        var isForgotten = false
        var tag = ""
    }

    /// A build that ended as long ago as `age` says, in seconds, has noted the container `a…` and the image `b…`.
    ///
    /// - Parameters:
    ///   - living: a build that goes on.
    ///   - script: answers all but the lists and the clock.
    private func reap(
        age: Int64 = 7_200, images: [String] = [listed(b)], containers: [String] = [],
        isDryRun: Bool = false, besides living: ScratchTag? = nil,
        script: @escaping @Sendable (_ line: String, _ tag: String) -> FakeEngine.Answer?
    ) async throws -> Outcome {
        var outcome = Outcome()
        let project = TestProject()
        let book = ScratchTagBook(cache: project.cache)
        let tag = ScratchTag(key: "0000000000000001")
        outcome.tag = tag.reference
        let clock = StartedClock()
        try await FakeEngine.with { request in
            switch request.line {
            case "GET /images/json": .json("[]")
            case "GET /images/json?all=true": .json("[" + images.joined(separator: ",") + "]")
            case "GET /containers/json?all=true":
                .json("[" + containers.joined(separator: ",") + "]")
            case "GET /info": .json(#"{"ID":"E","SystemTime":"\#(clock.now.rfc3339)"}"#)
            default: script(request.line, tag.reference)
            }
        } _: { engine, client in
            do {
                clock.start()
                // An hour before: a slow machine hears of the engine's clock late, and takes it to be ahead by as much.
                let held = try HeldScratchTag(
                    tag, in: book.folder, engine: client.endpoint.host, began: Int64(time(nil)) - 3_600)
                held.note(
                    BuilderWord(.container(BuilderID(Self.a.prefix(12))!), on: BuilderID(Self.c.prefix(12))!))
                held.note(BuilderWord(.image(BuilderID(Self.b.prefix(12))!)))
                held.end(isPublished: false)
            }
            let file = book.folder.appending(String(tag.reference.dropFirst("stoker-build:".count))).string
            let times = Array(repeating: timeval(tv_sec: time(nil) - Int(age), tv_usec: 0), count: 2)
            #expect(utimes(file, times) == 0)
            let other = try living.map { try HeldScratchTag($0, in: book.folder) }
            defer { other?.remove() }
            try await ImageReaper(
                client, cache: project.cache, user: UserSettings(file: "/nowhere", home: "/nowhere"),
                logger: Logger(label: "test")
            ).reap(into: &outcome.report, isDryRun: isDryRun)
            outcome.lines = engine.lines
            outcome.isForgotten = access(file, F_OK) != 0
        }
        return outcome
    }

    /// On the engine's clock it is the first of February, and the build has just made it.
    private static func listed(_ id: String, parent: String = "", created: Int64 = 1_580_515_200) -> String {
        #"{"Id":"sha256:\#(id)","RepoTags":["<none>:<none>"],"RepoDigests":["<none>@<none>"],"#
            + #""ParentId":"\#(parent)","Created":\#(created),"Size":1}"#
    }

    private static func shown(_ id: String, tags: String = "", more: String = "") -> FakeEngine.Answer {
        .json(#"{"Id":"sha256:\#(id)","RepoTags":[\#(tags)]\#(more)}"#)
    }

    private static func container(_ state: String = "exited") -> String {
        #"{"Id":"\#(a)","Names":["/festive_bell"],"Image":"x","ImageID":"sha256:\#(c)","#
            + #""State":"\#(state)","Created":1580515200}"#
    }

    private static func inspected(_ state: String = "exited", log: String = "none") -> FakeEngine.Answer {
        .json(
            #"{"Id":"\#(a)","Name":"/festive_bell","Created":"2020-02-01T00:00:00Z","Image":"sha256:\#(c)","#
                + #""State":{"Status":"\#(state)","StartedAt":"2020-02-01T00:00:00.5Z","#
                + #""FinishedAt":"0001-01-01T00:00:00Z"},"Config":{"Labels":null,"Image":"sha256:\#(c)","AttachStdin":false,"#
                + #""AttachStdout":false,"AttachStderr":false,"Tty":false,"Healthcheck":{"Test":["NONE"]}},"#
                + #""HostConfig":{"RestartPolicy":{"Name":""},"LogConfig":{"Type":"\#(log)"}}}"#)
    }

    @Test func anImageGoesByItsBuildsOwnTagAndAlone() async throws {
        let looks = Counter()
        let outcome = try await reap { line, tag in
            switch line {
            case Self.inspection: looks.next() == 1 ? Self.shown(Self.b) : .failure(404, "No such image")
            case "POST \(Self.image)/tag?repo=stoker-build&tag=\(tag.dropFirst("stoker-build:".count))":
                .answer(201, "")
            case "DELETE /images/\(tag)?noprune=true": .json("[]")
            default: nil
            }
        }
        #expect(outcome.report.images.map(\.decision) == [.removed])
        #expect(outcome.report.images.map(\.reference) == ["sha256:" + Self.b])
        #expect(outcome.report.images.map(\.reason) == ["its build is dead: it ended without an image"])
        #expect(outcome.report.lines.map(\.title) == ["image bbbbbbbbbbbb"])
        #expect(outcome.isForgotten)
    }

    @Test func whatAPersonNamesMeanwhileStays() async throws {
        let early = try await reap { line, _ in
            line == Self.inspection ? Self.shown(Self.b, tags: "\"mine:1\"") : nil
        }
        #expect(early.report.images.map(\.decision) == [.keep])
        #expect(early.report.images.map(\.reason) == ["it is mine:1 now"])
        #expect(!early.isForgotten, "the next look tells whether that is for good")
        let looks = Counter()
        let late = try await reap { line, tag in
            switch line {
            case Self.inspection: Self.shown(Self.b, tags: looks.next() == 1 ? "" : "\"mine:1\"")
            case "DELETE /images/\(tag)?noprune=true": .json("[]")
            default: line.hasPrefix("POST \(Self.image)/tag?") ? .answer(201, "") : nil
            }
        }
        #expect(late.report.images.map(\.decision) == [.keep], "the engine took the tag alone away")
    }

    @Test func whatTheEngineRefusesStaysWithoutOurTag() async throws {
        let outcome = try await reap { line, tag in
            switch line {
            case Self.inspection: Self.shown(Self.b)
            case "DELETE /images/\(tag)?noprune=true": .failure(409, "image has dependent child images")
            default: line.hasPrefix("POST \(Self.image)/tag?") ? .answer(201, "") : nil
            }
        }
        #expect(outcome.report.images.map(\.decision) == [.keep])
        #expect(outcome.lines.filter { $0 == "DELETE /images/\(outcome.tag)?noprune=true" }.count == 2)
        #expect(!outcome.isForgotten)
    }

    @Test func aBuildOfWhichNothingIsThereIsForgotten() async throws {
        let outcome = try await reap(images: [Self.listed(Self.c, created: 1)]) { _, _ in nil }
        #expect(outcome.report == ReapReport(containers: []))
        #expect(outcome.isForgotten)
    }

    @Test func whileAnotherBuildGoesOnItsCacheStays() async throws {
        let outcome = try await reap(besides: ScratchTag(key: "0000000000000002")) { _, _ in nil }
        #expect(outcome.report == ReapReport(containers: []))
        #expect(!outcome.isForgotten)
    }

    @Test func withinTheHourAndToSayWhatWouldGoNothingIsTouched() async throws {
        let young = try await reap(age: 1_800) { _, _ in nil }
        #expect(young.report == ReapReport(containers: []))
        #expect(!young.isForgotten)
        let dry = try await reap(isDryRun: true) { _, _ in nil }
        #expect(dry.report.images.map(\.decision) == [.remove])
        #expect(!dry.isForgotten)
    }

    @Test(arguments: [
        (#","Container":"\#(a)","Config":{"Hostname":""}"#, true),
        // A person's `docker commit` of the same container.
        (#","Container":"\#(a)","Config":{"Hostname":"aaaaaaaaaaaa"}"#, false),
        (#","Container":"\#(b)","Config":{"Hostname":""}"#, false), (#","Config":{"Hostname":""}"#, false),
        (#","Container":"\#(a)""#, false),
    ]) func anUnheardOfImageIsKnownByItsContainer(more: String, isOurs: Bool) async throws {
        let outcome = try await reap(images: [Self.listed(Self.c)], isDryRun: true) { line, _ in
            line == "GET /images/sha256:\(Self.c)/json" ? Self.shown(Self.c, more: more) : nil
        }
        #expect(outcome.report.images.map(\.imageID) == (isOurs ? ["sha256:" + Self.c] : []))
    }

    @Test func aContainerGoesAtOnceAndWithoutForce() async throws {
        let outcome = try await reap(age: 0, containers: [Self.container()]) { line, _ in
            switch line {
            case "GET /containers/\(Self.a)/json": Self.inspected()
            case "DELETE /containers/\(Self.a)?force=false&v=true": .answer(204, "")
            default: nil
            }
        }
        #expect(outcome.report.containers.map(\.decision) == [.removed])
        #expect(outcome.report.containers.map(\.code) == ["build-dead"])
        #expect(outcome.report.lines.map(\.title) == ["festive_bell"])
        #expect(!outcome.isForgotten, "its images stay for an hour")
    }

    @Test(arguments: [(state: "running", log: "none"), (state: "exited", log: "json-file")])
    func aContainerThatIsNoLeftoverIsNotTold(state: String, log: String) async throws {
        let outcome = try await reap(images: [], containers: [Self.container(state)]) { line, _ in
            line == "GET /containers/\(Self.a)/json" ? Self.inspected(state, log: log) : nil
        }
        #expect(outcome.report == ReapReport(containers: []))
        #expect(!outcome.isForgotten)
    }

    @Test func aContainerThatIsStartedMeanwhileStays() async throws {
        let looks = Counter()
        let outcome = try await reap(age: 0, containers: [Self.container()]) { line, _ in
            switch line {
            case "GET /containers/\(Self.a)/json": Self.inspected(looks.next() == 1 ? "exited" : "running")
            case "DELETE /containers/\(Self.a)?force=false&v=true":
                .failure(409, "You cannot remove a running container")
            default: nil
            }
        }
        #expect(outcome.report.containers.map(\.decision) == [.keep])
    }
}

/// Tells the looks at one thing apart.
private final class Counter: Sendable {
    private let count = Atomic(0)

    /// From 1 on.
    func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}

/// An engine's clock that says 1 February 2020 when it is started, and goes on from there as ours does.
private final class StartedClock: Sendable {
    private let started = Atomic(0)

    func start() { started.store(time(nil), ordering: .relaxed) }

    var now: EngineTime {
        let passed = time(nil) - started.load(ordering: .relaxed)
        // The sum is a date.
        return EngineTime(unixSeconds: 1_580_515_200 + Int64(passed))!
    }
}
