import Foundation
import Logging
import StokerCore
@testable import StokerKit
import SystemPackage
import TestSupport
import Testing

/// A proxy to the real engine, with labels that no other test has.
struct ProxiedEngine {
    let project: TestProject
    let proxy: EngineProxy
    /// A label's value, which is also part of all names.
    let owner: String
    var socket: String { proxy.socket.string }

    /// - Parameter ledger: where creations are written down.
    static func with(
        ledger: CreationLedger? = nil, _ body: (ProxiedEngine) async throws -> Void
    ) async throws {
        let project = TestProject()
        let owner = TestEngine.unique("proxied-")
        let proxy = EngineProxy(
            endpoint: try TestEngine.endpoint(), socket: project.folder.appending("p"),
            labels: { ["dev.stoker.test": owner] }, ledger: ledger, logger: Logger(label: "test"))
        let engine = ProxiedEngine(project: project, proxy: proxy, owner: owner)
        try await proxy.start()
        let result: Result<Void, any Error>
        do { result = .success(try await body(engine)) } catch { result = .failure(error) }
        await proxy.stop(patience: .seconds(600))
        try? engine.removeAll()
        try result.get()
    }

    /// What has the label, as the engine itself lists it.
    func owned(_ kind: String) throws -> [String] {
        let all = kind == "container" ? ["-a"] : []
        let words = [kind, "ls", "-q"] + all + ["--filter", "label=dev.stoker.test=\(owner)"]
        return try direct(words).split(separator: "\n").map(String.init)
    }

    private func removeAll() throws {
        for id in try owned("container") { _ = try direct(["rm", "-f", "-v", id]) }
        for id in try owned("network") { _ = try direct(["network", "rm", id]) }
        for id in try owned("volume") { _ = try direct(["volume", "rm", id]) }
    }

    /// Past the proxy.
    @discardableResult
    func direct(_ words: [String]) throws -> String {
        try run(TestEngine.clients[0], TestEngine.address ?? "", words).output
    }

    /// Through the proxy.
    @discardableResult
    func docker(
        _ client: String, _ words: String..., input: String = "/dev/null", environment: [String: String] = [:]
    ) throws -> Command {
        try run(client, "unix://\(socket)", words, input: input, environment: environment)
    }

    /// For a client that runs beside the test, through the proxy.
    var environment: [String: String] { variables("unix://\(socket)") }

    private func variables(_ host: String) -> [String: String] {
        ProcessInfo.processInfo.environment.merging([
            "DOCKER_HOST": host, "DOCKER_CONFIG": project.folder.appending("docker").string,
        ]) { $1 }
    }

    private func run(
        _ client: String, _ host: String, _ words: [String], input: String = "/dev/null",
        environment: [String: String] = [:]
    ) throws -> Command {
        let command = try Command(
            ["sh", "-c", #"input=$1; shift; exec "$@" <"$input""#, "sh", input, client] + words,
            environment: variables(host).merging(environment) { $1 })
        guard command.status == 0 else {
            throw TestEngine.Failure(description: "\(words.joined(separator: " ")): \(command.errors)")
        }
        return command
    }

    /// A request of its own on a new connection.
    func post(_ path: String, _ body: String) throws -> (status: Int, body: String) {
        let connection = try TestSocket(connectingTo: socket)
        try connection.send(
            "POST \(path) HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
        let (head, answer) = try connection.receiveMessage()
        return (Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0, answer)
    }
}
