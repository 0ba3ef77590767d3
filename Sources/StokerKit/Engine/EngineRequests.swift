import Foundation
import NIOCore
import NIOHTTP1
import StokerCore

/// What all calls to an engine are made of: a request, and its whole answer.
///
/// Between the calls and the client, so that something can stand there which counts what goes unanswered, or
/// which is no engine at all.
protocol EngineRequests: Sendable {
    var endpoint: Endpoint { get }

    /// One request, under the version that both sides speak.
    ///
    /// - Parameters:
    ///   - query: names and values, unescaped.
    ///   - timeout: `nil` for the one for queries.
    /// - Throws: when there is no answer. One that is not the one hoped for is an answer.
    func request(
        _ method: HTTPMethod, _ path: [String], query: [(String, String)], timeout: TimeAmount?
    ) async throws -> EngineClient.Answer
}

extension EngineRequests {
    /// - Throws: `StokerError`, `.engineUnavailable`, for any other answer than a `Value` with status 200.
    func decode<Value: Decodable>(
        _ type: Value.Type, _ answer: EngineClient.Answer, _ what: String
    ) throws -> Value {
        guard answer.status == 200 else { throw EngineFailure.refused(what, answer) }
        do {
            return try JSONDecoder().decode(type, from: Data(answer.body))
        } catch {
            throw StokerError(
                .engineUnavailable, "the engine's answer when asked to \(what) is not understood",
                cause: "\(error)", nextStep: "check that \(endpoint) is a Docker engine")
        }
    }
}
