import Foundation
import Glibc
import Logging
import StokerCore
@testable import StokerKit
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// What an engine may answer to one who reaps: numbers and times that none has. The answer is refused, or what it says
/// changes nothing.
@Suite struct HostileAnswerTests {
    private static let a = String(repeating: "a", count: 64)
    private static let b = String(repeating: "b", count: 64)
    private static let c = String(repeating: "c", count: 64)
    private static let key = "0123456789abcdef"

    /// By the beginning of the request, the longest first.
    private static let answers: [(request: String, answer: String)] = [
        ("GET /info", #"{"ID":"E","SystemTime":"2020-02-01T00:00:00Z"}"#),
        (
            "GET /containers/json",
            #"[{"Id":"\#(a)","Names":["/clud-a-deadbeef"],"Image":"x","ImageID":"sha256:\#(c)","#
                + #""State":"exited","Created":1580515200}]"#
        ),
        (
            "GET /containers/",
            #"{"Id":"\#(a)","Name":"/clud-a-deadbeef","Created":"2020-01-01T00:00:00Z","Image":"sha256:\#(c)","#
                + #""State":{"Status":"exited","StartedAt":"2020-01-01T00:00:00.5Z","#
                + #""FinishedAt":"2020-01-01T00:00:00Z"},"Config":{"Labels":null},"#
                + #""HostConfig":{"RestartPolicy":{"Name":""},"LogConfig":{"Type":"none"}}}"#
        ),
        (
            "GET /images/json",
            #"[{"Id":"sha256:\#(b)","RepoTags":["stoker-kept:\#(key)-\#(String(repeating: "1", count: 64))"],"#
                + #""RepoDigests":null,"ParentId":"","Created":1580515200,"Size":9000000000000000000},"#
                + #"{"Id":"sha256:\#(c)","RepoTags":["stoker-kept:\#(key)-\#(String(repeating: "2", count: 64))"],"#
                + #""RepoDigests":null,"ParentId":"","Created":1580515200,"Size":9000000000000000000}]"#
        ),
        ("GET /images/history", #"[{"Created":1580515200,"CreatedBy":"x","Size":9000000000000000000}]"#),
        (
            "GET /images/",
            #"{"Id":"sha256:\#(b)","RepoTags":[],"Metadata":{"LastTagTime":"2020-01-01T00:00:00Z"},"#
                + #""RootFS":{"Layers":["sha256:1"]}}"#
        ),
    ]

    private static let times = [
        "9999-12-31T23:59:59.999999999-23:59", "0002-01-01T00:00:00+23:59", "0001-01-01T00:00:00Z",
        "9999-99-99T99:99:99Z", "2020-02-30T00:00:00Z", "99999-01-01T00:00:00Z", "-001-01-01T00:00:00Z", "",
        "2020-02-01T00:00:00." + String(repeating: "9", count: 10_000) + "Z",
    ]

    private static func variants(of answer: String) -> [String] {
        let time = /\d\d\d\d-\d\d-\d\dT[0-9:.]*Z/
        return HostileJSON.variants(of: answer)
            + times.flatMap { other in
                answer.ranges(of: time).map { answer.replacingCharacters(in: $0, with: other) }
            }
    }

    private static func answer(_ line: String, _ changed: (request: String, answer: String)) -> String? {
        let request = line.contains("/history") ? "GET /images/history" : line
        guard let usual = answers.first(where: { request.hasPrefix($0.request) }) else { return nil }
        return usual.request == changed.request ? changed.answer : usual.answer
    }

    @Test(arguments: answers.map(\.request)) func `an answer with a number or a time that none has`(
        request: String
    ) async throws {
        let usual = try #require(Self.answers.first { $0.request == request }?.answer)
        let changed = Mutex((request: request, answer: usual))
        let project = TestProject()
        var user = UserSettings(file: "/nowhere", home: "/nowhere")
        user.images.maxSize = 0
        user.snapshots.maxAge = .seconds(1)
        try await FakeEngine.with { request in
            Self.answer(request.line, changed.withLock { $0 }).map { FakeEngine.Answer.json($0) }
        } _: { [user] _, client in
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            @Sendable func look() async throws {
                _ = try await Reaper(requests: client, policy: ReapPolicy(), logger: logger).plan()
                _ = try await ImageReaper(client, cache: project.cache, user: user, logger: logger)
                    .reap(isDryRun: true)
            }
            try await look()
            for variant in Self.variants(of: usual) {
                changed.withLock { $0.answer = variant }
                do { try await look() } catch let error as StokerError {
                    #expect(error.code == .engineUnavailable, "\(error)")
                }
            }
        }
    }
}
