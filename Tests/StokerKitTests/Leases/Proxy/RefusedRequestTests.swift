import Foundation
@testable import StokerKit
import Testing

/// What the proxy answers itself. Nothing that follows on such a connection goes to the engine.
@Suite struct RefusedRequestTests {
    static let creation = ConnectionTrackerTests.creation

    @Test(arguments: [
        ("POST /containers/create HTTP/1.1\nContent-Length: 2\n\n{}", 400),
        ("\r\nGET / HTTP/1.1\r\n\r\n", 400),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        ("\u{16}\u{3}\u{1}\n", 400),
        ("POST /containers/create HTTP/1.1\r\nExpect: cake\r\nContent-Length: 2\r\n\r\n{}", 417),
        ("POST /containers/create HTTP/1.1\r\nContent-Length: 16777217\r\n\r\n", 413),
        ("POST /containers/create HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1000001\r\n", 0),
        ("POST /networks/create HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx", 400),
        ("GET /" + String(repeating: "x", count: 1 << 20), 400),
    ])
    func theyAreRefusedAndNothingFollows(request: String, status: Int) throws {
        var talk = TrackedTalk()
        talk.fromClient(request)
        // One is refused only when as much has come.
        if status == 0 { talk.fromClient(String(repeating: "x", count: 16 << 20 | 1)) }
        talk.fromClient("\r\n\r\n" + Self.creation)
        #expect(talk.engine == "")
        let refusal = try #require(talk.refusal)
        #expect(refusal.status == (status == 0 ? 413 : status))
        let text = String(decoding: refusal.bytes, as: UTF8.self)
        #expect(text.hasPrefix("HTTP/1.1 \(refusal.status) "))
        let body = try #require(text.components(separatedBy: "\r\n\r\n").last)
        let words = try JSONDecoder().decode([String: String].self, from: Data(body.utf8))
        #expect(words["message"] == refusal.message)
        #expect(text.contains("Content-Length: \(body.utf8.count)\r\n"))
    }

    @Test(arguments: [
        "x", "-1\r\n", "+1\r\n", "0x1\r\n", " 1\r\n", "1 \r\n", "1\n", "1\r1\r\n", "1;\u{0}\r\n", "1;a\n",
        "\r\n", ";\r\n",
        "1\r\nab", "1\r\na\n", "1\r\na\r\r", "0\r\n\n", "0\r\n\r\r", "0\r\nA: b\n", "0\r\nA: b\r\r",
        "0\r\n A: b\r\n",
        "1000000000000000\r\n", "FFFFFFFFFFFFFFFFF\r\n", "1;" + String(repeating: "x", count: 4097),
        "0\r\n" + String(repeating: "A: b\r\n", count: 2000),
    ])
    func whatIsNoChunkEndsTheConnection(chunks: String) {
        let head = "POST /build HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        var talk = TrackedTalk()
        talk.fromClient(head + chunks)
        #expect(talk.refusal?.status == 400)
        talk.fromClient("\r\n0\r\n\r\n" + Self.creation)
        talk.fromEngine(ConnectionTrackerTests.pong)
        talk.fromClient(Self.creation)
        #expect(!talk.engine.contains("Labels"))
        #expect(!talk.engine.contains("containers/create"))
    }

    @Test func anAnswerThatHasBegunIsNotFollowedByARefusal() {
        var talk = TrackedTalk()
        talk.fromClient("POST /build HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
        talk.fromEngine("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        talk.fromClient("x")
        #expect(talk.refusal == nil)
        #expect(talk.isAborted)
    }

    @Test func whoeverIsNotAdmittedIsRefused() {
        for request in [Self.creation, ConnectionTrackerTests.ping] {
            var talk = TrackedTalk { _ in .refuse(.ending) }
            talk.fromClient(request + request)
            #expect(talk.engine == "")
            #expect(talk.refusal == .ending)
        }
    }

    @Test func aCreationThatCannotBeLabelledPassesAsItIs() {
        for body in ["", "x", "[]", #"{"Labels":1}"#, #"{"Image":"x""#] {
            let creation =
                "POST /containers/create HTTP/1.1\r\ncontent-length:  0\(body.utf8.count) \r\nA: b\r\n\r\n\(body)"
            var talk = TrackedTalk()
            talk.fromClient(creation)
            #expect(talk.engine == creation)
        }
        var chunked = TrackedTalk()
        chunked.fromClient(
            "POST /networks/create HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n")
        #expect(chunked.engine == "POST /networks/create HTTP/1.1\r\nContent-Length: 1\r\n\r\nx")
    }

    @Test func aVolumeIsMadeOfNothingWithLabels() {
        var talk = TrackedTalk()
        talk.fromClient("POST /volumes/create HTTP/1.1\r\nHost: d\r\n\r\n")
        #expect(
            talk.engine == "POST /volumes/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
                + "Content-Length: 20\r\n\r\n{\"Labels\":{\"o\":\"1\"}}")
    }
}
