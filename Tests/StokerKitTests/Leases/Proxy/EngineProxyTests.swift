import Foundation
import Glibc
import StokerCore
@testable import StokerKit
import Testing

/// The proxy between sockets: who hears of whose end, and of what is not there.
@Suite(.timeLimit(.minutes(30))) struct EngineProxyTests {
    static let upgraded = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
    static let (ping, pong) = (ConnectionTrackerTests.ping, ConnectionTrackerTests.pong)
    static let attach = ConnectionTrackerTests.attach

    @Test func itsSocketIsForItsOwnerAloneAndGoesWithIt() async throws {
        let fixture = ProxyFixture()
        try await fixture.running { fixture in
            var status = stat()
            #expect(lstat(fixture.socket, &status) == 0)
            #expect(status.st_mode & 0o7777 == 0o600)
            #expect(status.st_mode & S_IFMT == S_IFSOCK)
            await fixture.proxy.stop(patience: .seconds(600))
            #expect(lstat(fixture.socket, &status) != 0)
        }
    }

    @Test func aPlaceThatIsTakenIsSaidSo() async throws {
        let fixture = ProxyFixture()
        try await fixture.running { fixture in
            let second = ProxyFixture()
            let other = EngineProxy(
                endpoint: Endpoint(address: .unix(path: second.enginePath)), socket: fixture.proxy.socket,
                labels: { [:] }, logger: fixture.proxy.logger)
            let error = await #expect(throws: StokerError.self) { try await other.start() }
            #expect(error?.code == .cannotWrite)
            #expect(error?.cause == "address already in use")
            // Neither is the first one's file touched.
            await other.stop(patience: .zero)
            _ = try fixture.connect()
        }
    }

    @Test func anEngineThatIsNotThereIsSaidSoAndMayComeBack() async throws {
        let fixture = ProxyFixture()
        try await fixture.running { fixture in
            for request in [Self.ping, ConnectionTrackerTests.creation] {
                let client = try fixture.connect()
                try client.send(request)
                let answer = try client.receive()
                #expect(answer.hasPrefix("HTTP/1.1 502 Bad Gateway\r\nContent-Type: application/json\r\n"))
                #expect(
                    answer.contains("\r\n\r\n{\"message\":\"stoker run: cannot reach the engine at unix://"))
            }
            let engine = SocketEngine(path: fixture.enginePath) {
                while try $0.receiveHead() == Self.ping { try $0.send(Self.pong) }
            }
            defer { engine.stop() }
            let client = try fixture.connect()
            try client.send(Self.ping)
            #expect(try client.receive(Self.pong.utf8.count) == Self.pong)
            // The creation that was refused is owed by nobody.
            await fixture.proxy.stop(patience: .seconds(600))
        }
    }

    @Test(arguments: [false, true]) func theClientsHalfCloseReachesTheEngine(tcp: Bool) async throws {
        try await ProxyFixture.with(tcp: tcp) {
            #expect(try $0.receiveHead() == Self.attach)
            try $0.send(Self.upgraded)
            let typed = try $0.receive()
            try $0.send("heard \(typed)")
        } _: { fixture in
            let client = try fixture.connect()
            try client.send(Self.attach + "early, ")
            #expect(try client.receiveHead() == Self.upgraded)
            try client.send("late")
            client.endOutput()
            #expect(try client.receive() == "heard early, late")
        }
    }

    @Test(arguments: [false, true]) func theEnginesHalfCloseReachesTheClient(tcp: Bool) async throws {
        let heard = Gathered()
        try await ProxyFixture.with(tcp: tcp) {
            _ = try $0.receiveHead()
            try $0.send(Self.upgraded + "out")
            $0.endOutput()
            heard.add(try $0.receive())
        } _: { fixture in
            let client = try fixture.connect()
            try client.send(Self.attach)
            #expect(try client.receive() == Self.upgraded + "out")
            try client.send("still heard")
            client.close()
            #expect(await heard.next() == "still heard")
        }
    }

    @Test(arguments: [attach, ping]) func aClientThatGoesTakesTheEnginesConnectionWithIt(request: String)
        async throws
    {
        let heard = Gathered()
        try await ProxyFixture.with {
            _ = try $0.receiveHead()
            if request == Self.attach { try $0.send(Self.upgraded) }
            heard.add("asked")
            heard.add("end " + (try $0.receive()))
        } _: { fixture in
            let client = try fixture.connect()
            try client.send(request)
            #expect(await heard.next() == "asked")
            client.close()
            #expect(await heard.next() == "end ")
        }
    }

    @Test(arguments: [
        upgraded, "HTTP/1.1 200 OK\r\nContent-Length: 4000000\r\n\r\n",
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
    ])
    func anEngineThatGoesLeavesTheClientAllThatItHasSaid(head: String) async throws {
        let content = String(repeating: "0123456789", count: 400_000)
        try await ProxyFixture.with {
            _ = try $0.receiveHead()
            try $0.send(head + content)
        } _: { fixture in
            let client = try fixture.connect()
            try client.send(Self.attach)
            #expect(try client.receive() == head + content)
        }
    }

    @Test(arguments: [false, true]) func anEngineThatGoesWithoutAnAnswerEndsTheConnection(tcp: Bool)
        async throws
    {
        try await ProxyFixture.with(tcp: tcp) {
            _ = try $0.receiveHead()
        } _: { fixture in
            let client = try fixture.connect()
            try client.send(ConnectionTrackerTests.creation)
            #expect(try client.receive() == "")
            await fixture.proxy.stop(patience: .seconds(600))
        }
    }

    /// As when an engine refuses an upload by its head.
    @Test func anAnswerIsReadByAClientThatStillSends() async throws {
        let refusal = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 3\r\n\r\nno\n"
        try await ProxyFixture.with {
            _ = try $0.receiveHead()
            try $0.send(refusal)
        } _: { fixture in
            let client = try fixture.connect()
            try client.send("PUT /x HTTP/1.1\r\nContent-Length: 1000000000\r\n\r\n")
            // Nobody reads it, so that this fails as it would without a proxy.
            #expect(throws: TestSocket.Failure.self) {
                while true { try client.send(ArraySlice(repeating: 0x20, count: 1 << 20)) }
            }
            #expect(try client.receive() == refusal)
        }
    }

    @Test func aRefusalIsReadByAClientThatStillSends() async throws {
        try await ProxyFixture.with { _ in
        } _: { fixture in
            let client = try fixture.connect()
            try client.send("POST /containers/create HTTP/1.1\r\nContent-Length: 100000000\r\n\r\n")
            try client.send(ArraySlice(repeating: 0x20, count: 1 << 20))
            #expect(try client.receive().hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test func whatCannotBeOwnedIsCounted() async throws {
        try await ProxyFixture.with {
            while try !$0.receiveHead().isEmpty { try $0.send(Self.pong) }
        } _: { fixture in
            let client = try fixture.connect()
            for path in ["/v1.41/services/create", "/v4.0.0/libpod/pods/create", "/services/create", "/x"] {
                try client.send("POST \(path) HTTP/1.1\r\nHost: d\r\n\r\n")
                _ = try client.receiveMessage()
            }
            #expect(
                fixture.proxy.unowned == [
                    UnownedRequest(path: "/libpod/pods/create", count: 1),
                    UnownedRequest(path: "/services/create", count: 2),
                ])
        }
    }

    @Test func whatHasEndedIsForgotten() async throws {
        try await ProxyFixture.with {
            while try $0.receiveHead() == Self.ping { try $0.send(Self.pong) }
        } _: { fixture in
            for number in 0..<100 {
                let client = try fixture.connect()
                switch number % 4 {
                case 0: break
                case 1: try client.send("GET / HTT")
                case 2: try client.send("nothing\r\n\r\n")
                default:
                    try client.send(Self.ping)
                    _ = try client.receiveMessage()
                }
                client.close()
            }
            // Each channel's end takes its turn on a thread of its own.
            while fixture.proxy.openChannels > 0 { await Task.yield() }
        }
    }
}
