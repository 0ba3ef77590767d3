/// The head of an answer, as far as it says where the answer ends.
struct AnswerHead {
    enum Ending: Equatable {
        /// Another head follows (`100 Continue`).
        case notYet
        case length(BodyFraming.Length)
        /// From now on both sides speak as they like.
        case raw
        /// With the connection. What the client sends further is no concern of the engine's any more.
        case withConnection
    }

    let ending: Ending
    let status: Int

    init(_ bytes: [UInt8], to request: RequestHead) throws(MalformedMessage) {
        let head = try MessageHead(bytes)
        let words = head.start.split(separator: ASCII.space, maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count >= 2,
            words[0].elementsEqual("HTTP/1.1".utf8) || words[0].elementsEqual("HTTP/1.0".utf8),
            words[1].count == 3, words[1].allSatisfy(ASCII.isDigit)
        else { throw MalformedMessage("a status line") }
        status = words[1].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        switch status {
        case 101: ending = request.wouldHideRequests ? .withConnection : .raw
        case 100..<200: ending = .notYet
        case 204, 304: ending = .length(.none)
        case _ where request.method.elementsEqual("HEAD".utf8): ending = .length(.none)
        default:
            if let length = try head.framing() {
                ending = .length(length)
                return
            }
            // Engines answer to an attach, an exec or a session without Upgrade by 200 and a raw stream. Whoever else
            // leaves the framing out closes the connection in the end, and reads no further request from it.
            let isStream =
                request.hasUpgrade
                || request.method.elementsEqual("POST".utf8) && words[0].elementsEqual("HTTP/1.1".utf8)
                    && !request.isVersion10 && !head.hasToken("close", in: "connection")
            ending = isStream && status == 200 ? .raw : .withConnection
        }
    }
}
