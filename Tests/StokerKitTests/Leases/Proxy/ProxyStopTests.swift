import Foundation
import StokerCore
@testable import StokerKit
import Testing

/// When the proxy ends, what the engine was asked to create is known to be created or not.
@Suite(.timeLimit(.minutes(30))) struct ProxyStopTests {
    static let creation = ConnectionTrackerTests.creation

    /// An engine that answers a creation when it is told to.
    func withSlowEngine(
        _ body: (ProxyFixture, _ asked: Gathered, _ answer: DispatchSemaphore) async throws -> Void
    ) async throws {
        let asked = Gathered()
        let answer = DispatchSemaphore(value: 0)
        try await ProxyFixture.with {
            while case let (head, _) = try $0.receiveMessage(), !head.isEmpty {
                asked.add(String(head.prefix { $0 != "\r\n" }))
                if head.hasPrefix("POST") { answer.wait() }
                try $0.send(ConnectionTrackerTests.created)
            }
            asked.add("end")
        } _: { fixture in
            try await body(fixture, asked, answer)
        }
    }

    @Test func itWaitsForTheCreationsThatTheEngineHas() async throws {
        try await withSlowEngine { fixture, asked, answer in
            let idle = try fixture.connect()
            try idle.send(ConnectionTrackerTests.ping)
            _ = try idle.receiveMessage()
            #expect(await asked.next()?.hasPrefix("GET") == true)
            let client = try fixture.connect()
            try client.send(Self.creation)
            #expect(await asked.next()?.hasPrefix("POST") == true)
            let end = Gathered()
            let stop = Task {
                await fixture.proxy.stop(patience: .seconds(600))
                end.add("stopped")
            }
            // No new connections …
            while (try? fixture.connect()) != nil { await Task.yield() }
            // … and no new requests.
            try idle.send(Self.creation)
            let refusal = try idle.receive()
            #expect(refusal.hasPrefix("HTTP/1.1 503 "))
            end.add("not before")
            answer.signal()
            #expect(try client.receiveMessage().head.hasPrefix("HTTP/1.1 201"))
            await stop.value
            #expect(await end.next() == "not before")
        }
    }

    @Test func itWaitsAlsoForThoseWhoseClientHasGone() async throws {
        try await withSlowEngine { fixture, asked, answer in
            let client = try fixture.connect()
            try client.send(Self.creation)
            client.close()
            #expect(await asked.next()?.hasPrefix("POST") == true)
            let end = Gathered()
            let stop = Task {
                await fixture.proxy.stop(patience: .seconds(600))
                end.add("stopped")
            }
            while (try? fixture.connect()) != nil { await Task.yield() }
            end.add("not before")
            answer.signal()
            await stop.value
            #expect(await end.next() == "not before")
            #expect(await asked.next() == "end")
        }
    }

    @Test func itWaitsForNoCreationThatWasAnswered() async throws {
        try await withSlowEngine { fixture, asked, answer in
            let client = try fixture.connect()
            // The second goes to the engine while the answer to the first is being looked at.
            try client.send(Self.creation + Self.creation + Self.creation)
            for _ in 0..<3 {
                _ = await asked.next()
                answer.signal()
                #expect(try client.receiveMessage().head.hasPrefix("HTTP/1.1 201"))
            }
            await fixture.proxy.stop(patience: .seconds(36_000))
        }
    }

    @Test func itDoesNotWaitForAnEngineThatHangs() async throws {
        try await withSlowEngine { fixture, asked, answer in
            let client = try fixture.connect()
            try client.send(Self.creation)
            _ = await asked.next()
            await fixture.proxy.stop(patience: .milliseconds(100))
            #expect(try client.receive() == "")
            answer.signal()
        }
    }

    @Test func aCreationThatIsNotWholeGoesNowhere() async throws {
        try await withSlowEngine { fixture, _, _ in
            let client = try fixture.connect()
            try client.send(String(Self.creation.dropLast()))
            let stop = Task { await fixture.proxy.stop(patience: .seconds(600)) }
            await stop.value
            #expect(try client.receive() == "")
        }
    }

    @Test func itMayStopTwiceAndWithoutAStart() async throws {
        let fixture = ProxyFixture()
        await fixture.proxy.stop(patience: .zero)
        try await fixture.proxy.start()
        await fixture.proxy.stop(patience: .zero)
        await fixture.proxy.stop(patience: .zero)
    }
}
