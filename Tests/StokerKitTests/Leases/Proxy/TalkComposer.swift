import TestSupport

/// Makes a talk of several requests and answers, and knows what becomes of each, without reading any of it.
struct TalkComposer {
    struct Exchange {
        /// As the client sends it.
        var request = ""
        /// As the engine is to get it.
        var expected = ""
        /// As the engine sends it.
        var answer = ""
        /// What the proxy sends before the answer.
        var goAhead = ""
        /// How much of it the engine has to have got before it answers: a stream only begins with the answer.
        var answerable = 0
    }

    private var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// The last one may end in a raw stream, which then is part of its request and answer.
    mutating func talk() -> [Exchange] {
        var talk = (0..<number(1...5)).map { _ in exchange() }
        if chance() { talk.append(stream()) }
        return talk
    }

    private mutating func exchange() -> Exchange {
        var exchange = Exchange()
        let path = pick(["/containers/create", "/v1.41/networks/create", "/volumes/create", "/build", "/x"])
        let isCreation = path.hasSuffix("/create")
        let method = isCreation ? "POST" : pick(["GET", "POST", "PUT", "HEAD", "DELETE"])
        let start = "\(method) \(path)\(pick(["", "?a=/containers/create"])) HTTP/1.1\r\n"
        let (before, after) = (fields(), fields())
        let content = isCreation ? pick(["{}", #"{"a":"\#(misleading)"}"#]) : body()
        let labelled =
            isCreation ? content.dropLast() + (content == "{}" ? "" : ",") + #""Labels":{"o":"1"}}"# : ""
        let expects = isCreation && chance() ? "\(letters("Expect")): 100-continue\r\n" : ""
        let framed = framing(content)
        exchange.request = start + before + expects + framed.field + after + "\r\n" + framed.body
        exchange.expected =
            isCreation
            ? start + before + after + "Content-Length: \(labelled.utf8.count)\r\n\r\n" + labelled
            : exchange.request
        exchange.answerable = exchange.expected.utf8.count
        exchange.goAhead = expects.isEmpty ? "" : "HTTP/1.1 100 Continue\r\n\r\n"
        exchange.answer = answer(to: method)
        return exchange
    }

    private mutating func stream() -> Exchange {
        let head =
            "POST /containers/x/attach HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\(fields())\r\n"
        let request = head + pick(["", "\r\n", "typed", misleading])
        let answer =
            pick(["HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n", "HTTP/1.1 200 OK\r\nContent-Type: a\r\n"])
            + "\r\n"
            + pick(["", "printed", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"])
        return Exchange(
            request: request, expected: request, answer: answer, answerable: head.utf8.count)
    }

    private mutating func answer(to method: String) -> String {
        var answer = ""
        for _ in 0..<number(0...1) {
            answer += pick(["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"])
        }
        if chance(1, of: 4) {
            return answer + pick(["HTTP/1.1 204 No Content\r\n", "HTTP/1.1 304 Not Modified\r\n"]) + fields()
                + "\r\n"
        }
        let framed = framing(body(), always: true)
        answer += "HTTP/1.1 \(pick(["200 OK", "201 Created", "404 Not Found", "500 "]))\r\n"
        return answer + fields() + framed.field + fields() + "\r\n" + (method == "HEAD" ? "" : framed.body)
    }

    private mutating func framing(_ content: String, always: Bool = false) -> (field: String, body: String) {
        if content.isEmpty, !always, chance() { return ("", "") }
        if chance() {
            return ("\(letters("Content-Length")):\(pick(["", " ", "\t"]))\(content.utf8.count)\r\n", content)
        }
        var chunks = ""
        var rest = content.utf8[...]
        while !rest.isEmpty {
            let piece = rest.prefix(number(1...max(1, rest.count)))
            rest = rest.dropFirst(piece.count)
            // The content is plain ASCII, so that each piece is text.
            chunks += "\(size(piece.count))\r\n\(String(piece) ?? "")\r\n"
        }
        let trailers = pick(["", "", "Digest: a=b\r\n", "A: b\r\nC: d\r\n"])
        return (
            "\(letters("Transfer-Encoding")): \(letters("chunked"))\r\n",
            chunks + size(0) + "\r\n\(trailers)\r\n"
        )
    }

    private mutating func size(_ count: Int) -> String {
        pick(["", "0", "000"]) + letters(String(count, radix: 16))
            + pick(["", "", ";a", ";a=\"b;c\"", "; a = b"])
    }

    private mutating func fields() -> String {
        (0..<number(0...2)).map { _ in
            pick([
                "Host: docker\r\n", "User-Agent:Docker-Client/20.10 (linux)\r\n", "X-Empty:\r\n",
                "Accept:  */*\t\r\n",
                "X-Body: Content-Length: 5\r\n", "X-Transfer-Encoding: chunked\r\n", "Content-Lengths: 7\r\n",
                "Connection: keep-alive\r\n",
            ])
        }.joined()
    }

    private mutating func body() -> String {
        pick([
            "", "x", "OK", misleading, "\r\n\r\n", "0\r\n\r\n",
            String(repeating: "abc\n", count: number(1...2000)),
        ])
    }

    private let misleading = "POST /containers/create HTTP/1.1 Content-Length: 2 {} "

    private mutating func letters(_ text: String) -> String {
        pick([text, text, text.lowercased(), text.uppercased()])
    }

    private mutating func chance(_ part: Int = 1, of whole: Int = 2) -> Bool { number(1...whole) <= part }
    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    // Never empty.
    private mutating func pick(_ choices: [String]) -> String { choices.randomElement(using: &random)! }
}
