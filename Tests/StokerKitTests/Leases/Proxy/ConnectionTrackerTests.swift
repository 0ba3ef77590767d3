@testable import StokerKit
import Testing

/// Which of a connection's bytes are requests, and what goes to whom.
@Suite struct ConnectionTrackerTests {
    static let creation = "POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Length: 2\r\n\r\n{}"
    static let labelled =
        "POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Length: 20\r\n\r\n{\"Labels\":{\"o\":\"1\"}}"
    static let created = "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"
    static let ping = "GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n"
    static let pong = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"
    static let attach =
        "POST /containers/x/attach?stream=1 HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"

    @Test func aCreationIsHeldBackUntilItIsWholeAndThenLabelled() {
        var talk = TrackedTalk()
        talk.fromClient(ArraySlice(Self.creation.utf8.dropLast()))
        #expect(talk.engine == "")
        talk.fromClient("}")
        #expect(talk.engine == Self.labelled)
        talk.fromEngine(Self.created)
        #expect(talk.client == Self.created)
        #expect(talk.creationsAnswered == 1)
    }

    @Test func otherRequestsPassAsTheyCome() {
        var talk = TrackedTalk()
        let upload = "PUT /containers/x/archive HTTP/1.1\r\nContent-Length: 5\r\n\r\n"
        talk.fromClient(upload + "ab")
        #expect(talk.engine == upload + "ab")
        talk.fromClient("c")
        #expect(talk.engine == upload + "abc")
    }

    @Test func aBodyThatLooksLikeACreationIsNone() {
        var talk = TrackedTalk()
        let upload = "POST /build HTTP/1.1\r\nContent-Length: \(Self.creation.utf8.count)\r\n\r\n"
        talk.fromClient(upload + Self.creation)
        #expect(talk.engine == upload + Self.creation)
        let chunks =
            "POST /images/load HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "\(String(Self.creation.utf8.count, radix: 16))\r\n\(Self.creation)\r\n0\r\n\r\n"
        talk.fromEngine(Self.pong)
        talk.fromClient(chunks)
        #expect(talk.engine == upload + Self.creation + chunks)
    }

    @Test func aRequestWaitsForTheAnswerToTheOneBefore() {
        var talk = TrackedTalk()
        talk.fromClient(Self.ping + Self.creation + Self.ping)
        #expect(talk.engine == Self.ping)
        talk.fromEngine(Self.pong)
        #expect(talk.engine == Self.ping + Self.labelled)
        talk.fromEngine(Self.created)
        #expect(talk.engine == Self.ping + Self.labelled + Self.ping)
    }

    @Test func afterARefusedUpgradeRequestsAreStillTracked() {
        var talk = TrackedTalk()
        talk.fromClient(Self.attach + Self.creation)
        talk.fromEngine("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}")
        #expect(talk.engine == Self.attach + Self.labelled)
    }

    @Test(arguments: [
        "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 UPGRADED\r\n\r\n",
    ])
    func afterAnUpgradeEverythingPasses(answer: String) {
        for request in [
            Self.attach, Self.attach.replacing("Upgrade: tcp\r\n", with: ""),
            "POST /exec/x/start HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
            "POST /v1.41/session HTTP/1.1\r\nUpgrade: h2c\r\n\r\n",
            "POST /grpc HTTP/1.1\r\nUpgrade: h2c\r\n\r\n",
        ] {
            var talk = TrackedTalk()
            // A client that does not wait for the answer.
            talk.fromClient(request + Self.creation)
            #expect(talk.engine == request)
            talk.fromEngine(answer + "out")
            #expect(talk.engine == request + Self.creation)
            #expect(talk.tracker.isRaw)
            talk.fromClient("\n" + Self.creation)
            talk.fromEngine("HTTP/1.1 nothing")
            #expect(talk.engine == request + Self.creation + "\n" + Self.creation)
            #expect(talk.client == answer + "outHTTP/1.1 nothing")
        }
    }

    @Test(arguments: [
        ("GET /x HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"),
        ("GET /x HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\n"),
        ("POST /x HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\nConnection: Close\r\n\r\n"),
        ("POST /x HTTP/1.1\r\n\r\n", "HTTP/1.1 500 Oh\r\n\r\n"),
        ("POST /x HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"),
        ("POST /x HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
        ("POST /x HTTP/1.1\r\n\r\n", "SSH-2.0\r\n\r\n"),
        // Any request could be made in there.
        (
            "GET /x HTTP/1.1\r\nUpgrade: h2c\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"
        ),
        ("POST /grpc/x HTTP/1.1\r\nUpgrade: x, H2C\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n"),
        ("POST /x HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx"),
    ])
    func nothingFollowsAnAnswerThatEndsWithTheConnection(request: String, answer: String) {
        var talk = TrackedTalk()
        talk.fromClient(request + Self.creation)
        talk.fromEngine(answer)
        talk.fromEngine("more")
        talk.fromClient(Self.creation)
        #expect(talk.engine == request)
        #expect(talk.client == answer + "more")
        talk.clientEnds()
        #expect(talk.hasEngineInputEnded)
    }

    @Test func nothingFollowsWhatTheEngineSaysUnasked() {
        var talk = TrackedTalk()
        talk.fromEngine("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n")
        talk.fromClient(Self.creation)
        #expect(talk.engine == "")
        #expect(talk.client.hasPrefix("HTTP/1.1 408"))
    }

    @Test(arguments: [
        ("HEAD /_ping HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"),
        ("HEAD /_ping HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ("DELETE /x HTTP/1.1\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET /x HTTP/1.1\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"),
        ("GET /x HTTP/1.1\r\n\r\n", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"),
        (
            "GET /x HTTP/1.1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nT: x\r\n\r\n"
        ),
        ("PUT /x HTTP/1.1\r\nExpect: 100-continue\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n" + pong),
    ])
    func whereAnAnswerEndsTheNextRequestFollows(request: String, answer: String) {
        var talk = TrackedTalk()
        talk.fromClient(request + Self.ping)
        talk.fromEngine(ArraySlice(answer.utf8.dropLast()))
        #expect(talk.engine == request)
        talk.fromEngine(ArraySlice(answer.utf8.suffix(1)))
        #expect(talk.engine == request + Self.ping)
    }

    @Test func aRequestMayEndAfterItsAnswer() {
        var talk = TrackedTalk()
        let upload = "PUT /x HTTP/1.1\r\nContent-Length: 5\r\n\r\n"
        talk.fromClient(upload + "ab")
        talk.fromEngine("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        talk.fromClient("cde" + Self.creation)
        #expect(talk.engine == upload + "abcde" + Self.labelled)
    }

    @Test func whoWaitsToSendACreationIsToldToGoOn() {
        var talk = TrackedTalk()
        let head = Self.creation.replacing("Host: d\r\n", with: "Host: d\r\nExpect: 100-continue\r\n")
            .dropLast(2)
        talk.fromClient(String(head))
        #expect(talk.client == "HTTP/1.1 100 Continue\r\n\r\n")
        #expect(talk.engine == "")
        talk.fromClient("{}")
        #expect(talk.engine == Self.labelled)
        // Before the engine's answer, which is to the creation and not to the one before.
        var two = TrackedTalk()
        two.fromClient(Self.ping + String(head))
        #expect(two.client == "")
        two.fromEngine(Self.pong)
        #expect(two.client == Self.pong + "HTTP/1.1 100 Continue\r\n\r\n")
    }

    @Test func theClientsEndComesAfterAllThatItSent() {
        var talk = TrackedTalk()
        talk.fromClient(Self.ping + Self.creation)
        talk.clientEnds()
        #expect(!talk.hasEngineInputEnded)
        talk.fromEngine(Self.pong)
        #expect(talk.engine == Self.ping + Self.labelled)
        #expect(talk.hasEngineInputEnded)
        var raw = TrackedTalk()
        raw.fromClient(Self.attach + "typed")
        raw.clientEnds()
        #expect(!raw.hasEngineInputEnded)
        raw.fromEngine("HTTP/1.1 101 UPGRADED\r\n\r\n")
        #expect(raw.engine == Self.attach + "typed")
        #expect(raw.hasEngineInputEnded)
        var torn = TrackedTalk()
        torn.fromClient(ArraySlice(Self.creation.utf8.dropLast()))
        torn.clientEnds()
        #expect(torn.engine == "")
        #expect(torn.hasEngineInputEnded)
    }

    @Test func whatWaitsForAnAnswerIsBounded() {
        var talk = TrackedTalk()
        talk.fromClient(Self.ping)
        #expect(talk.tracker.takesClientBytes)
        talk.fromClient(String(repeating: "x", count: 64 << 10))
        #expect(!talk.tracker.takesClientBytes)
    }
}
