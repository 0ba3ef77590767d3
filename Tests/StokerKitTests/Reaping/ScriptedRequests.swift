import NIOCore
import NIOHTTP1
import StokerCore
@testable import StokerKit
import Synchronization

/// An engine without sockets that answers as it is told and notes what it is asked. `nil` is no answer.
final class ScriptedRequests: EngineRequests {
    typealias Script = @Sendable (_ line: String) -> EngineClient.Answer?

    let endpoint = Endpoint(address: .unix(path: "/scripted"))
    private let script: Script
    private let asked = Mutex<[String]>([])

    init(_ script: @escaping Script) { self.script = script }

    var lines: [String] { asked.withLock { $0 } }

    func request(
        _ method: HTTPMethod, _ path: [String], query: [(String, String)], timeout: TimeAmount?
    ) async throws -> EngineClient.Answer {
        let line = "\(method) /\(path.joined(separator: "/"))"
        asked.withLock { $0.append(line) }
        // As an answer over a socket does, it lets others have their turn.
        await Task.yield()
        guard let answer = script(line) else {
            throw StokerError(.engineUnavailable, "cannot reach it", cause: "it does not answer in time")
        }
        return answer
    }
}

extension EngineClient.Answer {
    static func of(_ status: Int, _ body: String = "") -> EngineClient.Answer {
        EngineClient.Answer(status: status, body: Array(body.utf8))
    }
}
