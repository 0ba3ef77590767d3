import Dispatch
import Glibc
import StokerCore

/// Lets a command clean up when it is told to end: a build is ended with its client, the lock is let go.
enum Interruption {
    /// How long cleaning up may take. Whatever is left after that is found by the next command, as after a
    /// kill: locks end with the process, and a copy that is not whole is thrown away.
    private static let patience = DispatchTimeInterval.seconds(8)

    /// Runs `body`, and cancels it on SIGINT or SIGTERM.
    static func cancelling<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws
        -> Value
    {
        let task = Task { try await body() }
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                task.cancel()
                DispatchQueue.global().asyncAfter(deadline: .now() + patience) {
                    Diagnostics.error("interrupted")
                    _exit(StokerError.Code.interrupted.rawValue)
                }
            }
            source.resume()
            return source
        }
        defer { sources.forEach { $0.cancel() } }
        return try await task.value
    }
}
