import StokerCore
import Synchronization

/// How long the engine's answers may be waited for in all, in one `warm`.
///
/// Each question has a limit of its own. An engine that answers each of them at the last moment would hold a command
/// for as many times as long.
final class AnswerBudget: Sendable {
    /// That of the questions of this task.
    @TaskLocal static var current: AnswerBudget?

    /// A person who does not want to wait at all means other builds, and an engine under load takes some seconds.
    static let limits = Duration.seconds(20)...Duration.seconds(120)

    private struct State {
        var spent: Duration = .zero
        /// Questions that are not answered yet, and since when there has been one.
        var open = 0
        var since = SuspendingClock.now
    }

    private let limit: Duration
    private let state = Mutex(State())

    init(_ limit: Duration) { self.limit = limit }

    /// Runs `body` with a budget, unless there is one already.
    ///
    /// - Parameter timeout: how long the person is willing to wait for other builds.
    static func within<Value: Sendable>(
        _ timeout: Duration, for engine: EngineClient, _ body: () async throws -> Value
    ) async throws -> Value {
        if current != nil || engine.isPatient { return try await body() }
        let limit = min(max(timeout, limits.lowerBound), limits.upperBound)
        return try await $current.withValue(AnswerBudget(limit), operation: body)
    }

    /// What is left. Time in which several answers are waited for counts once.
    var left: Duration {
        state.withLock { state in
            let open = state.open > 0 ? SuspendingClock.now - state.since : .zero
            return max(.zero, limit - state.spent - open)
        }
    }

    /// Measures the time that `body` takes.
    func spend<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        state.withLock { state in
            if state.open == 0 { state.since = .now }
            state.open += 1
        }
        defer {
            state.withLock { state in
                state.open -= 1
                if state.open == 0 { state.spent += SuspendingClock.now - state.since }
            }
        }
        return try await body()
    }
}
