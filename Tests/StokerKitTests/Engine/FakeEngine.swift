import Foundation
import Glibc
import NIOCore
import StokerCore
@testable import StokerKit
import Synchronization
import SystemPackage
import Testing

/// An engine on a Unix socket that answers as it is told, notes every request, and takes a request that
/// nobody told it of for a failure of the test.
final class FakeEngine: Sendable {
    struct Request: Sendable, Equatable {
        var method: String
        /// Path and query, as they came.
        var target: String
        /// Names in lower case.
        var headers: [String: String]

        /// The target without version: `/info`.
        var resource: String {
            guard target.hasPrefix("/v"), let end = target.dropFirst().firstIndex(of: "/") else {
                return target
            }
            return String(target[end...])
        }
        var line: String { "\(method) \(resource)" }
    }

    enum Answer: Sendable {
        case answer(Int, String, headers: [String: String] = [:])
        /// These bytes, and then the connection is closed.
        case raw(String)
        /// JSON a byte at a time.
        case drip(String)
        /// These bytes, and then nothing more.
        case hang(String)

        static func json(_ text: String) -> Answer { .answer(200, text) }
        static func failure(_ status: Int, _ message: String) -> Answer {
            .answer(status, #"{"message":"\#(message)"}"#)
        }
    }

    typealias Script = @Sendable (Request) -> Answer?

    private struct State {
        var requests: [Request] = []
        var untold: [String] = []
        var connections: Set<Int32> = []
        var isClosed = false
    }
    private let state = Mutex(State())
    private let listener: Int32
    private let script: Script
    let path: String

    var endpoint: Endpoint { Endpoint(address: .unix(path: path)) }
    var requests: [Request] { state.withLock { $0.requests } }
    /// Without the questions for the version.
    var lines: [String] { requests.map(\.line).filter { $0 != "GET /_ping" } }

    /// - Parameter version: what `/_ping` says; a script may answer it itself.
    init(path: String, version: String? = "1.41", _ script: @escaping Script) {
        self.path = path
        self.script = { request in
            script(request)
                ?? (request.line == "GET /_ping"
                    ? .answer(200, "OK", headers: version.map { ["Api-Version": $0] } ?? [:]) : nil)
        }
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        precondition(bound == 0 && listen(listener, 64) == 0, "cannot listen on \(path): \(errno)")
        Thread.detachNewThread { [self] in accept() }
    }

    /// Runs `body` with an engine that ends with it.
    static func with<Value>(
        version: String? = "1.41", timeout: TimeAmount = EngineClient.Patience.ofTests.query,
        _ script: @escaping Script,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: (FakeEngine, EngineClient) async throws -> Value
    ) async throws -> Value {
        let project = TestProject()
        let engine = FakeEngine(path: project.folder.appending("e").string, version: version, script)
        var patience = EngineClient.Patience.ofTests
        patience.query = timeout
        let result: Result<Value, any Error>
        do {
            result = .success(
                try await EngineClient.with(engine.endpoint, patience: patience) {
                    try await body(engine, $0)
                })
        } catch { result = .failure(error) }
        engine.close()
        #expect(engine.untold == [], "requests that no script knew", sourceLocation: sourceLocation)
        return try result.get()
    }

    var untold: [String] { state.withLock { $0.untold } }

    /// Once or more often.
    func close() {
        state.withLock { state in
            for connection in state.connections { shutdown(connection, Int32(SHUT_RDWR)) }
            // The listener's number may be another file's by now.
            if state.isClosed { return }
            state.isClosed = true
            // Closed by the thread that uses it, or that would accept another fake's connections under its number.
            shutdown(listener, Int32(SHUT_RDWR))
            unlink(path)
        }
    }

    private func accept() {
        // Under the lock, so that nobody shuts down another file.
        defer {
            state.withLock { state in
                state.isClosed = true
                _ = Glibc.close(listener)
            }
        }
        while true {
            let connection = Glibc.accept(listener, nil, nil)
            if connection < 0 { return }
            _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
            let isClosed = state.withLock { state in
                if !state.isClosed { state.connections.insert(connection) }
                return state.isClosed
            }
            if isClosed {
                Glibc.close(connection)
                return
            }
            Thread.detachNewThread { [self] in serve(connection) }
        }
    }

    private func serve(_ connection: Int32) {
        defer {
            state.withLock { _ = $0.connections.remove(connection) }
            // A child that another test is just beginning has a copy, and the other side would wait for it.
            shutdown(connection, Int32(SHUT_RDWR))
            Glibc.close(connection)
        }
        var received = ""
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            while let end = received.range(of: "\r\n\r\n") {
                let head = String(received[..<end.lowerBound])
                received = String(received[end.upperBound...])
                if !answer(FakeEngine.parse(head), on: connection) { return }
            }
            let count = read(connection, &buffer, buffer.count)
            if count <= 0 { return }
            received += String(decoding: buffer[..<count], as: UTF8.self)
        }
    }

    private static func parse(_ head: String) -> Request {
        var lines = head.components(separatedBy: "\r\n")
        let words = lines.removeFirst().split(separator: " ").map(String.init)
        var headers: [String: String] = [:]
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] =
                parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
        }
        return Request(method: words.first ?? "", target: words.dropFirst().first ?? "", headers: headers)
    }

    /// Whether the connection goes on.
    private func answer(_ request: Request, on connection: Int32) -> Bool {
        state.withLock { $0.requests.append(request) }
        @discardableResult func send(_ text: String) -> Bool {
            let bytes = Array(text.utf8)
            return Glibc.send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
        }
        switch script(request) {
        case .answer(let status, let body, let headers):
            var text = "HTTP/1.1 \(status) Status\r\n"
            // Those two never have a body.
            if status != 204 && status != 304 { text += "Content-Length: \(body.utf8.count)\r\n" }
            for (name, value) in headers { text += "\(name): \(value)\r\n" }
            send(text + "\r\n" + (status == 204 ? "" : body))
            return true
        case .raw(let text):
            send(text)
            return false
        case .drip(let body):
            send("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n")
            for byte in body.unicodeScalars {
                if !send(String(byte)) { return false }
                // Or the kernel would join them.
                usleep(1000)
            }
            return true
        case .hang(let text):
            send(text)
            // Until the other side gives up or the engine is closed.
            var byte: UInt8 = 0
            _ = read(connection, &byte, 1)
            return false
        case nil:
            state.withLock { $0.untold.append(request.line) }
            send("HTTP/1.1 599 Untold\r\nContent-Length: 0\r\n\r\n")
            return true
        }
    }
}
