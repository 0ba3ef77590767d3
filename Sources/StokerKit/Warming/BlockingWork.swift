import Dispatch
import StokerCore

/// Runs what blocks in system calls away from the threads on which asynchronous code runs: there are only as
/// many of those as the machine has cores.
package enum BlockingWork {
    private static let queue = DispatchQueue(
        label: "stoker.blocking-work", qos: .userInitiated, attributes: .concurrent)

    /// The work learns through `WorkCancellation.current` that it is cancelled; what it does not ask of it, it finishes.
    ///
    /// - Throws: What the body throws; `CancellationError` for whatever it throws once it is cancelled.
    package static func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        let cancellation = WorkCancellation()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                queue.async {
                    continuation.resume(
                        with: Result {
                            do {
                                return try WorkCancellation.$current.withValue(cancellation, operation: body)
                            } catch  where cancellation.isCancelled {
                                throw CancellationError()
                            }
                        })
                }
            }
        } onCancel: {
            cancellation.cancel()
        }
    }
}
