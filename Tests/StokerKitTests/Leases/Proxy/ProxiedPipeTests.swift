import Foundation
import Glibc
@testable import StokerKit
import TestSupport
import Testing

/// Everything that is said through sockets, in pieces of random sizes: equal byte for byte apart from the labels.
@Suite(.timeLimit(.minutes(60))) struct ProxiedPipeTests {
    /// Sends in pieces, each by a call of its own.
    static func send(_ text: String, over socket: TestSocket, _ random: inout SeededGenerator) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let largest = [1, 20, 500, 20_000].randomElement(using: &random) ?? 1
            let piece = rest.prefix(Int.random(in: 1...largest, using: &random))
            try socket.send(piece)
            rest = rest.dropFirst(piece.count)
        }
    }

    @Test func whatPassesIsTheSameInPiecesOfAnySize() async throws {
        for seed in 0..<60 as Range<UInt64> {
            var composer = TalkComposer(seed: seed)
            let talk = composer.talk()
            let heard = Gathered()
            try await ProxyFixture.with { engine in
                var random = SeededGenerator(seed: seed &+ 1)
                var isRight = true
                for exchange in talk {
                    // A stream's beginning comes only when it has been answered.
                    let isStream = exchange.request.contains("Upgrade: tcp")
                    let head = isStream ? try engine.receiveHead() : ""
                    if isStream { try Self.send(exchange.answer, over: engine, &random) }
                    let rest = try engine.receive(exchange.expected.utf8.count - head.utf8.count)
                    isRight = isRight && head + rest == exchange.expected
                    if !isStream { try Self.send(exchange.answer, over: engine, &random) }
                }
                heard.add("\(isRight), then \(try engine.receive().utf8.count)")
            } _: { fixture in
                let client = try fixture.connect()
                Thread.detachNewThread {
                    var random = SeededGenerator(seed: seed &+ 2)
                    try? Self.send(talk.map(\.request).joined(), over: client, &random)
                    client.endOutput()
                }
                let expected = talk.map { $0.goAhead + $0.answer }.joined()
                #expect(try client.receive() == expected, "seed \(seed)")
                #expect(await heard.next() == "true, then 0", "seed \(seed)")
            }
        }
    }

    /// More than the sockets on the way hold, and far less than what would be sent.
    private static let bound = 16 << 20

    /// - Returns: how much goes until the other side has taken nothing for some seconds. On a slow machine that may be
    ///   less than it would take, but never more.
    private static func fill(_ socket: TestSocket) -> Int {
        let piece = [UInt8](repeating: 0x61, count: 64 << 10)
        var total = 0
        while total < 4 * bound {
            let count = Glibc.send(
                socket.descriptor, piece, piece.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            if count > 0 {
                total += count
                continue
            }
            var poller = pollfd(fd: socket.descriptor, events: Int16(POLLOUT), revents: 0)
            if poll(&poller, 1, 2000) == 0 { break }
        }
        return total
    }

    @Test func aSlowReaderSlowsTheSenderDown() async throws {
        let filled = Gathered()
        try await ProxyFixture.with {
            _ = try $0.receiveHead()
            // Its client reads nothing.
            try $0.send(EngineProxyTests.upgraded)
            filled.add("\(Self.fill($0))")
        } _: { fixture in
            let client = try fixture.connect()
            try client.send(ConnectionTrackerTests.attach)
            #expect(try client.receiveHead() == EngineProxyTests.upgraded)
            let count = try #require(await filled.next().flatMap { Int($0) })
            #expect(count > 0 && count < Self.bound)
            #expect(try client.receive().utf8.count == count)
        }
    }

    @Test(arguments: [
        "POST /build HTTP/1.1\r\nContent-Length: 1000000000\r\n\r\n", ConnectionTrackerTests.attach,
    ])
    func aSlowEngineSlowsTheClientDown(request: String) async throws {
        let (isFull, heard) = (DispatchSemaphore(value: 0), Gathered())
        try await ProxyFixture.with {
            _ = try $0.receiveHead()
            isFull.wait()
            if request == ConnectionTrackerTests.attach { try $0.send(EngineProxyTests.upgraded) }
            heard.add("\(try $0.receive().utf8.count)")
        } _: { fixture in
            let client = try fixture.connect()
            try client.send(request)
            let count = Self.fill(client)
            #expect(count > 0 && count < Self.bound)
            isFull.signal()
            client.endOutput()
            #expect(await heard.next() == "\(count)")
        }
    }
}
