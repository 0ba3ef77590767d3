import Dispatch
import Glibc
import StokerCore

/// Lets a command clean up when it is told to end: a build is ended with its client, the lock is let go.
enum Interruption {
    /// How long cleaning up may take. Whatever is left after that is found by the next command, as after a
    /// kill: locks end with the process, and a copy that is not whole is thrown away.
    private static let patience = DispatchTimeInterval.seconds(8)

    /// Runs `body`, and cancels it on SIGINT or SIGTERM.
    ///
    /// It begins once both are listened to. Until then they end the program as they always do, which leaves
    /// nothing behind.
    static func cancelling<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws
        -> Value
    {
        let (closed, gate) = AsyncStream.makeStream(of: Never.self)
        let task = Task {
            for await _ in closed {}
            try Task.checkCancellation()
            return try await body()
        }
        let installations = DispatchGroup()
        let sources = [SIGINT, SIGTERM].map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            installations.enter()
            // Dispatch has its own handler for the signal now. To ignore it, as other systems need, would lose
            // one that comes before that, or take the handler's place.
            source.setRegistrationHandler { installations.leave() }
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
        installations.notify(queue: .global()) { gate.finish() }
        return try await task.value
    }
}
