import StokerCore
@testable import StokerKit
import Testing

/// What of a request is understood, and what is refused because Go's server might read it in another way.
@Suite struct RequestHeadTests {
    func read(_ head: String) throws -> RequestHead {
        try RequestHead(Array(head.utf8))
    }

    func request(_ line: String = "POST /x HTTP/1.1", _ fields: String...) throws -> RequestHead {
        try read(([line] + fields).map { $0 + "\r\n" }.joined() + "\r\n")
    }

    @Test(arguments: [
        ("POST", "/containers/create", RequestPurpose.creation(.container)),
        ("POST", "/v1.41/containers/create", .creation(.container)),
        ("POST", "/v1.41/containers/create?name=a/b&platform=", .creation(.container)),
        ("POST", "/v1/networks/create", .creation(.network)),
        ("POST", "/volumes/create?", .creation(.volume)),
        ("POST", "/v1.24-podman/volumes/create", .creation(.volume)),
        ("POST", "/%63ontainers/creat%65", .creation(.container)),
        ("POST", "/%76%31.41%2Fcontainers%2fcreate", .creation(.container)),
        // The engine sends on to another address, or knows no such path: labels do no harm.
        ("POST", "//containers/create", .creation(.container)),
        ("POST", "/containers/create/", .creation(.container)),
        ("POST", "/./x/../containers//create", .creation(.container)),
        ("POST", "/../containers/create", .creation(.container)),
        ("GET", "/containers/create", .other),
        ("post", "/containers/create", .other),
        ("PUT", "/volumes/create", .other),
        ("POST", "/containers/create/x", .other),
        ("POST", "/containers/createx", .other),
        ("POST", "/containers/x/create", .other),
        ("POST", "/Containers/create", .other),
        ("POST", "/x/containers/create", .other),
        ("POST", "/v/containers/create", .other),
        ("POST", "/va.b/containers/create", .other),
        ("POST", "/containers%25/create", .other),
        ("POST", "/%zzcontainers/create", .other),
        ("POST", "/containers/create%", .other),
        ("POST", "/images/create?fromImage=/containers/create", .other),
        ("POST", "/exec/containers/start", .other),
        ("POST", "/v1.41/services/create", .unowned("/services/create")),
        ("POST", "/secrets/create", .unowned("/secrets/create")),
        ("POST", "/v4.3.1/libpod/containers/create", .unowned("/libpod/containers/create")),
        ("POST", "/libpod/pods/create?x", .unowned("/libpod/pods/create")),
        ("POST", "/v4.0.0/libpod/play/kube", .unowned("/libpod/play/kube")),
        ("GET", "/services/create", .other),
        ("POST", "/libpod/containers/prune", .other),
    ])
    func itsPathSaysWhatItMakes(method: String, target: String, purpose: RequestPurpose) throws {
        #expect(try request("\(method) \(target) HTTP/1.1").purpose == purpose)
    }

    @Test func itsFieldsFrameItsBody() throws {
        #expect(try request().length == .none)
        #expect(try request("GET / HTTP/1.1", "content-length: 12").length == .bytes(12))
        #expect(try request("GET / HTTP/1.1", "Content-Length:007\t").length == .bytes(7))
        #expect(try request("GET / HTTP/1.1", "Content-Length: 0").length == .bytes(0))
        #expect(try request("GET / HTTP/1.1", "Content-Length: 5", "CONTENT-LENGTH: 5").length == .bytes(5))
        #expect(try request("GET / HTTP/1.1", "Transfer-Encoding: chunked").length == .chunked)
        #expect(try request("GET / HTTP/1.1", "transfer-encoding:  Chunked ").length == .chunked)
        #expect(try request("GET / HTTP/1.0", "Content-Length: 5").length == .bytes(5))
    }

    @Test func itSaysWhetherItWaits() throws {
        #expect(try request().expectation == .none)
        #expect(try request("POST / HTTP/1.1", "expect: 100-Continue").expectation == .goAhead)
        #expect(try request("POST / HTTP/1.1", "Expect: 200-ok").expectation == .unknown)
        #expect(try request("POST / HTTP/1.1", "Expect:").expectation == .unknown)
    }

    @Test(arguments: [
        // Two ways to read where the body ends.
        "POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 05\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 5, 5\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: +5\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 0x5\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 5 5\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length:\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 9223372036854775808\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: identity\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding:\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: \u{0B}chunked\r\n\r\n",
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        // Names and values.
        "POST / HTTP/1.1\r\nContent-Length : 5\r\n\r\n",
        "POST / HTTP/1.1\r\n Content-Length: 5\r\n\r\n",
        "POST / HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
        "POST / HTTP/1.1\r\nA: b\r\n\tc\r\n\r\n",
        "POST / HTTP/1.1\r\nA\r\n\r\n",
        "POST / HTTP/1.1\r\n: b\r\n\r\n",
        "POST / HTTP/1.1\r\nA\u{0}: b\r\n\r\n",
        "POST / HTTP/1.1\r\nA: \u{0}\r\n\r\n",
        "POST / HTTP/1.1\r\nA: b\rContent-Length: 5\r\n\r\n",
        "POST / HTTP/1.1\r\nÄ: b\r\n\r\n",
        // The request line.
        "POST  / HTTP/1.1\r\n\r\n",
        "POST /  HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1 \r\n\r\n",
        "POST / x HTTP/1.1\r\n\r\n",
        " POST / HTTP/1.1\r\n\r\n",
        "POST\t/ HTTP/1.1\r\n\r\n",
        "POST /\r HTTP/1.1\r\n\r\n",
        "POST /\r\n\r\n",
        "POST / HTTP/1.2\r\n\r\n",
        "POST / http/1.1\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\n",
        "POST http://docker/containers/create HTTP/1.1\r\n\r\n",
        "POST containers/create HTTP/1.1\r\n\r\n",
        "CONNECT docker:80 HTTP/1.1\r\n\r\n",
        "CONNECT / HTTP/1.1\r\n\r\n",
        "P(ST / HTTP/1.1\r\n\r\n",
    ])
    func whatCanBeReadInTwoWaysIsRefused(head: String) {
        #expect(throws: MalformedMessage.self) { try read(head) }
    }

    @Test func aWholeBodyGetsAHeadOfItsOwn() throws {
        let head = try request(
            "POST /volumes/create?a HTTP/1.1", "Host:  docker", "transfer-encoding: chunked", "X-A: ö ",
            "Expect: 100-continue", "Trailer: X", "User-Agent: u")
        #expect(
            String(decoding: head.bytes(forBodyOf: 12, addsType: true), as: UTF8.self) == """
                POST /volumes/create?a HTTP/1.1\r
                Host:  docker\r
                X-A: ö \r
                User-Agent: u\r
                Content-Type: application/json\r
                Content-Length: 12\r
                \r

                """)
    }
}
