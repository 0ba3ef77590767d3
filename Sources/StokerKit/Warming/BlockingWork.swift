import Dispatch

/// Runs what blocks in system calls away from the threads on which asynchronous code runs: there are only as
/// many of those as the machine has cores.
enum BlockingWork {
    private static let queue = DispatchQueue(
        label: "stoker.blocking-work", qos: .userInitiated, attributes: .concurrent)

    static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try body() }) }
        }
    }
}
