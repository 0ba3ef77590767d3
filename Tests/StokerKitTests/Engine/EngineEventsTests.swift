import Foundation
import Glibc
import StokerCore
@testable import StokerKit
import SystemPackage
import Testing

@Suite(.timeLimit(.minutes(30))) struct EngineEventsTests {
    @Test(arguments: [
        (["5\r\nab\ncd\r\n", "2\r\ne\n\r\n"], ["ab", "cde"], false),
        (["5\r", "\nab\ncd", "\r\n2\r\ne\n\r", "\n"], ["ab", "cde"], false),
        (["5;x=y\r\nab\ncd\r\n"], ["ab"], false),
        (["1\r\n\n\r\n"], [""], false),
        (["3\r\na\n\n\r\n0\r\n\r\n"], ["a", ""], true),
        (["zz\r\n"], [], true), (["-1\r\n"], [], true), (["fffffffff\r\n"], [], true),
        ([String(repeating: "1", count: 65)], [], true),
    ])
    func linesComeOutOfChunks(pieces: [String], lines: [String], isOver: Bool) {
        var chunks = ChunkedLines()
        var found: [String] = []
        for piece in pieces {
            chunks.append(Array(piece.utf8))
            while let line = chunks.next() { found.append(String(decoding: line, as: UTF8.self)) }
        }
        #expect(found == lines)
        #expect(chunks.isOver == isOver)
    }

    @Test(
        arguments: [
            ("Mon, 23 Nov 2026 04:00:00 GMT", 1_795_406_400), ("Thu, 01 Jan 1970 00:00:10 GMT", 10),
            ("Mon, 23 Nov 2026 04:00:00 CET", nil), ("Mon, 23 Foo 2026 04:00:00 GMT", nil), ("", nil),
        ] as [(String, Int?)])
    func theEnginesDateIsRead(text: String, seconds: Int?) {
        #expect(EngineTime(httpDate: text).map { Int($0.seconds) } == seconds)
    }

    /// An engine that sends these lines, then one that concerns `quiet:1` alone, and then falls silent.
    private static func engine(at path: FilePath, _ lines: [String]) -> FakeEngine {
        let stream =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + (lines + [event("tag", "quiet:1")])
            .map { "\(String($0.utf8.count + 1, radix: 16))\r\n\($0)\n\r\n" }.joined()
        return FakeEngine(path: path.string) { request in
            request.target == "/_ping"
                ? .answer(200, "OK", headers: ["Date": "Thu, 01 Jan 1970 00:01:40 GMT"]) : .hang(stream)
        }
    }

    /// Hands `body` what has heard all of it.
    private func listen(
        to lines: [String], _ body: (EngineEvents, FakeEngine) async throws -> Void
    ) async throws {
        let project = TestProject()
        let engine = EngineEventsTests.engine(at: project.folder.appending("e"), lines)
        let events = EngineEvents(endpoint: engine.endpoint)
        let listening = Task { await events.run() }
        await untilAllIsHeard(events)
        try await body(events, engine)
        listening.cancel()
        await listening.value
        #expect(events.moment == nil)
        engine.close()
    }

    private func untilAllIsHeard(_ events: EngineEvents) async {
        for await _ in events.changes where events.mark(for: ["quiet:1"]) != events.mark(for: ["never:1"]) {
            return
        }
    }

    private static func event(_ action: String, _ name: String) -> String {
        #"{"Type":"image","Action":"\#(action)","Actor":{"ID":"sha256:1","Attributes":{"name":"\#(name)"}}}"#
    }

    /// - Parameter changes: whether it may concern `app:latest`.
    @Test(arguments: [
        (event("tag", "app:latest"), true), (event("tag", "docker.io/library/app"), true),
        (event("tag", "other:latest"), false), (event("tag", "app:2"), false),
        (event("push", "app:latest"), false), (event("save", "sha256:1"), false),
        (event("untag", "sha256:1"), true), (event("delete", "sha256:1"), true),
        (event("pull", "other:1"), true), (event("what is this", "other:1"), true),
        (#"{"Action":"tag"}"#, true), ("no JSON", true), ("{}", true),
    ])
    func anEventConcernsWhatItMay(line: String, changes: Bool) async throws {
        var marks: [EngineEvents.Mark?] = []
        for lines in [[], [line]] {
            try await listen(to: lines) { events, _ in marks.append(events.mark(for: ["app"])) }
        }
        #expect(marks.allSatisfy { $0 != nil })
        #expect((marks[0] != marks[1]) == changes)
    }

    @Test func nothingIsKnownWithoutAConnection() async throws {
        let project = TestProject()
        let events = EngineEvents(endpoint: Endpoint(address: .unix(path: project.path("none").string)))
        #expect(events.moment == nil)
        events.fence()
        #expect(events.mark(for: ["app"]) == nil)
        let remote = EngineEvents(endpoint: Endpoint(address: .tcp(host: "127.0.0.1", port: 1)))
        let listening = Task { await remote.run() }
        #expect(remote.moment == nil)
        listening.cancel()
        await listening.value
    }

    /// The engine begins to listen only after its answer has begun, so it is asked for the second before.
    @Test func theSubscriptionLeavesNoGap() async throws {
        try await listen(to: []) { _, engine in
            #expect(engine.requests.map(\.target).contains { $0.hasPrefix("/events?since=99&filters=") })
        }
    }

    @Test func aLostConnectionEndsEveryMark() async throws {
        try await listen(to: []) { events, engine in
            let before = events.mark(for: ["app"])
            engine.close()
            for await _ in events.changes where events.moment == nil { break }
            let next = EngineEventsTests.engine(at: FilePath(engine.path), [])
            await untilAllIsHeard(events)
            #expect(events.mark(for: ["app"]) != before)
            next.close()
            for await _ in events.changes where events.moment == nil { break }
        }
    }

    /// What the engine has answered has been sent to its listeners before, or as good as.
    @Test(.enabled(if: TestEngine.isThere, "\(TestEngine.skipped)"))
    func aTagOfTheRealEngineIsHeard() async throws {
        try await EngineClient.with(TestEngine.endpoint(), patience: .ofTests) { engine in
            let events = EngineEvents(endpoint: engine.endpoint)
            let listening = Task { await events.run() }
            defer { listening.cancel() }
            let name = TestEngine.unique("stoker-test:")
            for await _ in events.changes where events.moment != nil { break }
            let base = try #require(try await engine.image(TestEngine.base)).id
            for round in 0..<20 {
                let before = events.mark(for: [name])
                if round.isMultiple(of: 2) {
                    try await engine.tag(base, as: name)
                } else {
                    try await engine.untag(name)
                }
                for await _ in events.changes where events.mark(for: [name]) != before { break }
                #expect(events.mark(for: [name]) != before)
            }
            listening.cancel()
            await listening.value
        }
    }
}
