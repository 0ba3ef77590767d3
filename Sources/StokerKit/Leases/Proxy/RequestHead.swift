/// The head of a request, as Go's server reads it where it reads it in one way only.
struct RequestHead {
    enum Expectation: Equatable {
        case none
        /// Waits for `100 Continue` before it sends its body.
        case goAhead
        case unknown
    }

    let head: MessageHead
    let method: ArraySlice<UInt8>
    let purpose: RequestPurpose
    let length: BodyFraming.Length
    let expectation: Expectation
    let hasUpgrade: Bool
    /// Whether the connection would speak HTTP/2 after an upgrade, with requests in it that nobody could follow. The
    /// build services alone speak nothing but gRPC.
    let wouldHideRequests: Bool
    let isVersion10: Bool

    init(_ bytes: [UInt8]) throws(MalformedMessage) {
        head = try MessageHead(bytes)
        let words = head.start.split(separator: ASCII.space, omittingEmptySubsequences: false)
        guard words.count == 3, ASCII.isToken(words[0]), !head.start.contains(where: ASCII.isControl) else {
            throw MalformedMessage("a request line that is not METHOD PATH VERSION")
        }
        method = words[0]
        switch String(decoding: words[2], as: UTF8.self) {
        case "HTTP/1.1": isVersion10 = false
        case "HTTP/1.0": isVersion10 = true
        default: throw MalformedMessage("a version that is not HTTP/1.1")
        }
        let target = words[1]
        // A whole URL (for a proxy that is asked as one) or a CONNECT is nothing that a client sends to an engine.
        guard target.first == UInt8(ascii: "/") || target.elementsEqual("*".utf8),
            !method.elementsEqual("CONNECT".utf8)
        else { throw MalformedMessage("a target that is no path") }
        purpose = RequestPurpose(method: method, target: target)
        length = try head.framing() ?? .none
        // Go's server ignores the coding then, and takes the chunks for the next request.
        guard !isVersion10 || length != .chunked else {
            throw MalformedMessage("Transfer-Encoding in HTTP/1.0")
        }
        let expectations = head.values("expect")
        if expectations.isEmpty {
            expectation = .none
        } else {
            expectation = expectations.allSatisfy { ASCII.matches($0, "100-continue") } ? .goAhead : .unknown
        }
        hasUpgrade = !head.values("upgrade").isEmpty
        wouldHideRequests =
            hasUpgrade && head.hasToken("h2c", in: "upgrade")
            && !["grpc", "session"].contains(RequestPurpose.path(of: target).joined(separator: "/"))
    }

    /// The head for a body that comes whole. All other lines stay as they are.
    ///
    /// - Parameter addsType: whether to say that the body is JSON where no type is given.
    func bytes(forBodyOf length: Int, addsType: Bool) -> [UInt8] {
        var bytes = Array(head.start) + Array("\r\n".utf8)
        for field in head.fields {
            let name = head.bytes[field.name]
            let isReplaced =
                ASCII.matches(name, "content-length") || ASCII.matches(name, "transfer-encoding")
                || ASCII.matches(name, "expect") || ASCII.matches(name, "trailer")
            if !isReplaced { bytes += head.bytes[field.line] }
        }
        if addsType && head.values("content-type").isEmpty {
            bytes += "Content-Type: application/json\r\n".utf8
        }
        return bytes + Array("Content-Length: \(length)\r\n\r\n".utf8)
    }
}
