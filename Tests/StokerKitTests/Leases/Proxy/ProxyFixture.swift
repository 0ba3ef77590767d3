import Foundation
import Logging
import StokerCore
@testable import StokerKit
import SystemPackage

/// A proxy on a socket of a test's own.
struct ProxyFixture {
    let project = TestProject()
    let proxy: EngineProxy
    var socket: String { proxy.socket.string }

    init(
        _ endpoint: Endpoint? = nil, labels: [String: String] = ["o": "1"], ledger: CreationLedger? = nil
    ) {
        let fake = Endpoint(address: .unix(path: project.folder.appending("e").string))
        proxy = EngineProxy(
            endpoint: endpoint ?? fake, socket: project.folder.appending("p"), labels: { labels },
            ledger: ledger, logger: Logger(label: "test"))
    }

    /// Where a fake engine is expected.
    var enginePath: String { project.folder.appending("e").string }

    func connect() throws -> TestSocket { try TestSocket(connectingTo: socket) }

    /// Runs `body` with the proxy, and with an engine that serves as it is told.
    static func with(
        tcp: Bool = false, ledger: CreationLedger? = nil,
        _ serve: @escaping @Sendable (TestSocket) throws -> Void,
        _ body: (ProxyFixture) async throws -> Void
    ) async throws {
        let engine: SocketEngine
        let fixture: ProxyFixture
        if tcp {
            engine = SocketEngine(path: nil, serve)
            fixture = ProxyFixture(engine.endpoint)
        } else {
            fixture = ProxyFixture(ledger: ledger)
            engine = SocketEngine(path: fixture.enginePath, serve)
        }
        defer { engine.stop() }
        try await fixture.running(body)
    }

    func running(_ body: (ProxyFixture) async throws -> Void) async throws {
        try await proxy.start()
        let result: Result<Void, any Error>
        do { result = .success(try await body(self)) } catch { result = .failure(error) }
        await proxy.stop(patience: .zero)
        try result.get()
    }
}
