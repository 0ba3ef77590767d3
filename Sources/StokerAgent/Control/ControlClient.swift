import AsyncHTTPClient
import Foundation
import Glibc
import NIOCore
import NIOHTTP1
import StokerCore
public import StokerKit
public import SystemPackage

/// Asks a running agent.
public struct ControlClient: Sendable {
    let socket: FilePath

    public init(socket: FilePath) { self.socket = socket }

    /// An agent spends a few seconds on a status; one on a busy machine may take longer.
    private static let statusPatience: Duration = .seconds(60)

    /// `nil` when no agent runs, or it is about to end.
    ///
    /// - Throws: `Obstacle` when it cannot be asked; `StokerError` when it does not answer.
    public func status() async throws -> StatusReport? {
        do {
            let request = HTTPClientRequest(url: url("/v1/status"))
            return try await exchange(request, patience: Self.statusPatience) { response, _ in
                let body = try await response.body.collect(upTo: 64 << 20)
                return try JSONDecoder().decode(StatusReport.self, from: Data(body.readableBytesView))
            }
        } catch let disappearance as Disappearance {
            guard disappearance.isHanging else { return nil }
            throw StokerError(
                .lockTimeout, "the agent at \(socket) does not answer", nextStep: "stop it and start it again"
            )
        }
    }

    /// `nil` when no agent runs, or none that answers for this project and engine.
    ///
    /// - Throws: the failure that the agent tells; `Disappearance` when it goes away before it has answered;
    ///   `Obstacle` when it cannot be asked.
    public func warm(_ question: WarmQuestion, observer: @escaping WarmObserver) async throws -> WarmResult? {
        var request = HTTPClientRequest(url: url("/v1/warm"))
        request.method = .POST
        request.body = .bytes(try JSONEncoder().encode(question))
        return try await exchange(request) { response, progress in
            guard response.status == .ok else { return nil }
            var line: [UInt8] = []
            for try await chunk in response.body {
                for byte in chunk.readableBytesView {
                    guard byte == UInt8(ascii: "\n") else {
                        line.append(byte)
                        continue
                    }
                    progress.note()
                    switch try JSONDecoder().decode(WarmReply.self, from: Data(line)) {
                    case .alive: break
                    case .event(let event): observer(event)
                    case .result(let result): return result
                    // It says so in its last moments, if there is time.
                    case .failure(let failure) where failure.code == .interrupted: throw Disappearance()
                    case .failure(let failure): throw failure.stokerError
                    }
                    line = []
                }
            }
            throw Disappearance()
        } ?? nil
    }

    /// What is in the place of the agent's socket is not to be asked, or may not be.
    public struct Obstacle: Error {
        /// One sentence.
        public let words: String
    }

    /// The agent ended, or hangs, before it had answered.
    public struct Disappearance: Error {
        /// Whether it is still there.
        var isHanging = false
    }

    private func url(_ path: String) -> String {
        // An absolute path always can be written with these characters.
        let escaped = socket.string.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        return "http+unix://\(escaped)\(path)"
    }

    /// `nil` when nobody listens.
    ///
    /// - Parameter patience: how long it may take until `read` notes progress, and from then on until the next time:
    ///   bytes that come one by one are none.
    private func exchange<Value: Sendable>(
        _ request: HTTPClientRequest, patience: Duration = WarmReply.patience,
        _ read: @escaping @Sendable (HTTPClientResponse, Progress) async throws -> Value
    ) async throws -> Value? {
        guard let status = try FileStatus.of(socket.string) else { return nil }
        // Whoever can make a socket in a shared folder could answer in the agent's name.
        guard status.owner == geteuid() else {
            throw Obstacle(
                words: "the agent's socket \(socket) belongs to another user (id \(status.owner))")
        }
        var request = request
        request.headers.replaceOrAdd(name: "Host", value: "stoker")
        var configuration = HTTPClient.Configuration()
        // A socket without an agent is told at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let result: Result<Value?, any Error>
        do {
            result = .success(
                try await Progress.withLimit(patience) { [request] progress in
                    try await read(try await client.execute(request, deadline: .distantFuture), progress)
                })
        } catch let error as IOError where error.errnoCode == ECONNREFUSED || error.errnoCode == ENOENT {
            result = .success(nil)
        } catch let error as IOError where error.errnoCode == EACCES || error.errnoCode == EPERM {
            let reason = Errno(rawValue: error.errnoCode).description
            result = .failure(Obstacle(words: "cannot ask the agent at \(socket): \(reason)"))
        } catch is IOError, is HTTPParserError {
            result = .failure(Disappearance())
        } catch let error as HTTPClientError where error == .remoteConnectionClosed {
            result = .failure(Disappearance())
        } catch is Progress.Missing {
            result = .failure(Disappearance(isHanging: true))
        } catch let error as DecodingError {
            result = .failure(
                StokerError(
                    .internalFault, "cannot understand the agent at \(socket)", cause: "\(error)",
                    nextStep: "restart it, so that it is of this program's version"))
        } catch {
            result = .failure(error)
        }
        try await client.shutdown()
        return try result.get()
    }
}
