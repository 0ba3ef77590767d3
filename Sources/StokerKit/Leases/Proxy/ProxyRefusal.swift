/// An answer that the proxy gives itself, in the form of the engine's errors. The connection ends with it.
struct ProxyRefusal: Error, Equatable {
    var status: Int
    var message: String

    static func malformed(_ error: MalformedMessage) -> ProxyRefusal {
        ProxyRefusal(status: 400, message: "stoker run: malformed request: \(error.reason)")
    }
    static let tooLarge = ProxyRefusal(
        status: 413,
        message:
            "stoker run: the request is larger than \(HeldCreation.limit >> 20) MiB, so it cannot be labelled"
    )
    static let tooMuchAtOnce = ProxyRefusal(
        status: 503,
        message:
            "stoker run: requests of more than \(HeldBytes.limit >> 20) MiB together are being labelled; "
            + "try it again when some of them have been answered"
    )
    static let unknownExpectation = ProxyRefusal(
        status: 417, message: "stoker run: only 100-continue can be expected")
    static let ending = ProxyRefusal(status: 503, message: "stoker run: the command has ended")

    static func unreachable(_ error: any Error) -> ProxyRefusal {
        ProxyRefusal(status: 502, message: "stoker run: \(error)")
    }

    /// What nobody has a note of would be nobody's afterwards.
    static func unrecorded(_ why: String) -> ProxyRefusal {
        ProxyRefusal(
            status: 507,
            message: "stoker run: nothing was created, since it could not be written down whose it is: \(why)"
        )
    }

    var bytes: [UInt8] {
        let body = "{\"message\":\(LabelInsertion.quoted(message))}\n"
        return Array(
            """
            HTTP/1.1 \(status) \(reason)\r
            Content-Type: application/json\r
            Connection: close\r
            Content-Length: \(body.utf8.count)\r
            \r
            \(body)
            """.utf8)
    }

    private var reason: String {
        switch status {
        case 400: "Bad Request"
        case 413: "Request Entity Too Large"
        case 417: "Expectation Failed"
        case 502: "Bad Gateway"
        case 507: "Insufficient Storage"
        default: "Service Unavailable"
        }
    }
}
