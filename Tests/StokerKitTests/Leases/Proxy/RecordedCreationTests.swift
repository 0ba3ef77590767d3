import Foundation
@testable import StokerCore
@testable import StokerKit
import Testing

/// What is written down of creations, and when.
@Suite(.timeLimit(.minutes(30))) struct RecordedCreationTests {
    private static let creation = ConnectionTrackerTests.creation
    private static let ping = ConnectionTrackerTests.ping
    private static let pong = ConnectionTrackerTests.pong
    private static let id = String(repeating: "ab", count: 32)
    private static let mark = CreationMark(text: "0-\(String(repeating: "c", count: 32))")!  // It is one.
    private static let asked = EngineTime(unixSeconds: 1_795_348_800)!  // A year of four digits.
    private static let created = answer(#"{"Id":"\#(id)","Warnings":[]}"#)

    private static func answer(_ body: String, _ status: String = "201 Created") -> String {
        "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private static func talk(_ kind: LeasedKind = .container) -> TrackedTalk {
        TrackedTalk { purpose in
            guard case .creation = purpose else { return .pass }
            return .record(["o": "1"], CreationRecord(mark: mark, kind: kind, asked: asked))
        }
    }

    @Test func `an answer is held back until it is whole and written down`() {
        var talk = Self.talk()
        talk.fromClient(Self.creation + Self.ping)
        #expect(talk.engine == ConnectionTrackerTests.labelled)
        for byte in Self.created.utf8 { talk.fromEngine(ArraySlice([byte])) }
        #expect(talk.client == "")
        #expect(talk.created.map(\.made) == [Self.id])
        #expect(talk.creationsAnswered == 0)
        // Nor does the next request go on.
        #expect(talk.engine == ConnectionTrackerTests.labelled)
        talk.release()
        #expect(talk.client == Self.created)
        #expect(talk.creationsAnswered == 1)
        #expect(talk.engine == ConnectionTrackerTests.labelled + Self.ping)
        talk.fromEngine(Self.pong)
        #expect(talk.client == Self.created + Self.pong)
    }

    @Test(arguments: [
        answer(#"{"message":"no such image"}"#, "404 Not Found"), answer("", "500 Oh"),
        answer("{", "201 Created"),
        answer("[]"), "HTTP/1.1 204 No Content\r\n\r\n",
    ])
    func `what says nothing of a thing made passes and is not written down`(answer: String) {
        var talk = Self.talk()
        talk.fromClient(Self.creation + Self.ping)
        talk.fromEngine(answer)
        #expect(talk.created.map(\.made) == [nil])
        talk.release()
        #expect(talk.client == answer)
        #expect(talk.engine.hasSuffix(Self.ping))
    }

    @Test func `chunks and heads before the answer are understood`() {
        let body = #"{"Id":"\#(Self.id)"}"#
        let text =
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "5\r\n\(body.prefix(5))\r\n\(String(body.utf8.count - 5, radix: 16))\r\n\(body.dropFirst(5))\r\n0\r\n\r\n"
        var talk = Self.talk()
        talk.fromClient(Self.creation)
        for byte in text.utf8 { talk.fromEngine(ArraySlice([byte])) }
        #expect(talk.created.map(\.made) == [Self.id])
        talk.release()
        #expect(talk.client == text)
    }

    @Test func `an answer that ends with the connection is whole then`() {
        let text = "HTTP/1.1 201 Created\r\nConnection: close\r\n\r\n{\"Id\":\"\(Self.id)\"}"
        var talk = Self.talk()
        talk.fromClient(Self.creation)
        talk.fromEngine(text)
        #expect(talk.client == "")
        talk.engineEnds()
        #expect(talk.created.map(\.made) == [Self.id])
        talk.release()
        #expect(talk.client == text)
    }

    @Test func `what an engine says before it breaks off reaches the client`() {
        for length in 0..<Self.created.utf8.count {
            let text = String(decoding: Self.created.utf8.prefix(length), as: UTF8.self)
            var talk = Self.talk()
            talk.fromClient(Self.creation)
            talk.fromEngine(text)
            talk.engineEnds()
            #expect(talk.client == text)
            #expect(talk.created.isEmpty)
        }
        // More than any engine says, and what is no answer.
        for text in [Self.answer(String(repeating: " ", count: 2 << 20)), "SSH-2.0\r\n\r\n"] {
            var talk = Self.talk()
            talk.fromClient(Self.creation)
            talk.fromEngine(text)
            if !talk.created.isEmpty { talk.release() }
            #expect(talk.client == text)
        }
    }

    @Test(arguments: [
        (
            #"{"Name":"\#(id)","Labels":{"dev.stoker.creation":"\#(mark.text)","dev.stoker.lease":"\#(LeaseID.random().text)"}}"#,
            id
        ),
        // It was there before.
        (#"{"Name":"\#(id)","Labels":{"dev.stoker.lease":"\#(LeaseID.random().text)"}}"#, nil),
        (#"{"Name":"\#(id)","Labels":null}"#, nil), (#"{"Name":"\#(id)"}"#, nil),
    ])
    func `a volume that was there before is not the creation's`(body: String, made: String?) {
        var talk = Self.talk(.volume)
        talk.fromClient(Self.creation.replacing("containers", with: "volumes"))
        talk.fromEngine(Self.answer(body))
        #expect(talk.created.map(\.made) == [made])
    }

    @Test func `it is on the disk before the engine hears of it, and before the client does`() async throws {
        let journal = try JournalFixture()
        defer { journal.remove() }
        let seen = Gathered()
        try await ProxyFixture.with(ledger: journal.ledger) { socket in
            while case let (head, body) = try socket.receiveMessage(), !head.isEmpty {
                let mark = body.firstMatch(of: #/"dev.stoker.creation":"([^"]+)"/#).map { String($0.1) } ?? ""
                let record = CreationMark(text: mark).flatMap(journal.record)
                seen.add(record.map { "asked \(mark) \($0.id ?? "-")" } ?? "nothing")
                try socket.send(Self.created)
            }
        } _: { fixture in
            let client = try fixture.connect()
            for number in 0..<20 {
                try client.send(Self.creation)
                #expect(try client.receiveMessage().head.hasPrefix("HTTP/1.1 201"))
                let words = await seen.next()?.split(separator: " ").map(String.init) ?? []
                try #require(words.count == 3, "\(words)")
                #expect(words[2] == "-")
                let mark = try #require(CreationMark(text: words[1]))
                #expect(mark.number == number)
                #expect(journal.record(mark)?.id == Self.id)
            }
        }
    }

    @Test func `what cannot be written down is not made`() async throws {
        let full = try JournalFixture.full()
        let seen = Gathered()
        try await ProxyFixture.with(ledger: full.ledger) { socket in
            while case let (head, _) = try socket.receiveMessage(), !head.isEmpty {
                seen.add(String(head.prefix { $0 != "\r\n" }))
                try socket.send(Self.pong)
            }
        } _: { fixture in
            let client = try fixture.connect()
            // All else passes.
            try client.send(Self.ping)
            #expect(try client.receiveMessage().body == "OK")
            try client.send(Self.creation)
            let (head, body) = try client.receiveMessage()
            #expect(head.hasPrefix("HTTP/1.1 507 "))
            #expect(body.contains("nothing was created") && body.contains("No space left on device"))
            #expect(await seen.next()?.hasPrefix("GET") == true)
            let other = try fixture.connect()
            try other.send(Self.ping)
            _ = try other.receiveMessage()
            #expect(await seen.next()?.hasPrefix("GET") == true)
        }
    }

    @Test func `a client that has gone or ended its side loses nothing of what the engine makes`()
        async throws
    {
        let journal = try JournalFixture()
        defer { journal.remove() }
        let seen = Gathered()
        try await ProxyFixture.with(ledger: journal.ledger) { socket in
            while case let (head, body) = try socket.receiveMessage(), !head.isEmpty {
                seen.add(body.firstMatch(of: #/"dev.stoker.creation":"([^"]+)"/#).map { String($0.1) } ?? "")
                try socket.send(Self.created)
            }
        } _: { fixture in
            let gone = try fixture.connect()
            try gone.send(Self.creation)
            gone.close()
            let first = try #require(CreationMark(text: await seen.next() ?? ""))
            let ended = try fixture.connect()
            try ended.send(Self.creation)
            ended.endOutput()
            #expect(try ended.receiveMessage().head.hasPrefix("HTTP/1.1 201"))
            let second = try #require(CreationMark(text: await seen.next() ?? ""))
            await fixture.proxy.stop(patience: .seconds(600))
            #expect(journal.record(first)?.id == Self.id)
            #expect(journal.record(second)?.id == Self.id)
        }
    }
}
