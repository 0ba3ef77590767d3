import NIOCore
import NIOHTTP1
import StokerCore
import Synchronization

/// Passes requests on until the engine has left a few of them in a row without an answer, and none after that:
/// with an engine that hangs, hundreds of containers would be hundreds of time-outs.
///
/// For one pass; the next one begins with a new one.
final class EngineBreaker: EngineRequests {
    /// One lost answer is no sign of a dead engine: a single container that it hangs on leaves as many
    /// questions without an answer as are asked about it, while others are answered.
    static let limit = 3

    private enum State {
        case closed(unanswered: Int)
        case open(StokerError)
    }
    private let engine: any EngineRequests
    private let state = Mutex(State.closed(unanswered: 0))

    var endpoint: Endpoint { engine.endpoint }

    init(_ engine: any EngineRequests) { self.engine = engine }

    /// Why nothing is asked any more; `nil` as long as the engine answers.
    var silence: StokerError? {
        state.withLock { if case .open(let error) = $0 { error } else { nil } }
    }

    func request(
        _ method: HTTPMethod, _ path: [String], query: [(String, String)], timeout: TimeAmount?
    ) async throws -> EngineClient.Answer {
        if let silence { throw silence }
        do {
            let answer = try await engine.request(method, path, query: query, timeout: timeout)
            noteAnswer()
            return answer
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            noteSilence(error)
            throw error
        }
    }

    private func noteAnswer() {
        state.withLock { if case .closed = $0 { $0 = .closed(unanswered: 0) } }
    }

    private func noteSilence(_ error: any Error) {
        let cause = (error as? StokerError).map { $0.cause ?? $0.message } ?? "\(error)"
        state.withLock { state in
            guard case .closed(let unanswered) = state else { return }
            guard unanswered + 1 >= EngineBreaker.limit else {
                return state = .closed(unanswered: unanswered + 1)
            }
            state = .open(
                StokerError(
                    .engineUnavailable, "the engine at \(endpoint) has stopped answering", cause: cause,
                    nextStep: "see whether it still runs, and ask again"))
        }
    }
}
