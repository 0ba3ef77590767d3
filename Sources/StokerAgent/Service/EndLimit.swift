import Dispatch
import Glibc
import Logging
import StokerCore
import StokerKit
import SystemPackage

/// Ends the process when the agent has not ended in time after SIGTERM or SIGINT.
///
/// Services end each other in order, and each waits for what it has begun: an engine, a disk that does not answer, a
/// terminal that nobody reads. The clock is kept on a thread that waits for none of them. What is left undone is what a
/// kill leaves, and the next command recovers from it.
final class EndLimit: Sendable {
    /// Builders get three seconds to end by themselves, and are killed then.
    static let patience = DispatchTimeInterval.seconds(8)

    // Dispatch sources may be used from any thread.
    private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

    /// - Parameter socket: the agent's, which goes with it.
    init(socket: FilePath, logger: Logger) {
        // Of its own, and so with a thread of its own however many others are held up.
        let queue = DispatchQueue(label: "stoker.end-limit")
        sources = [SIGTERM, SIGINT].map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                queue.asyncAfter(deadline: .now() + EndLimit.patience) { EndLimit.end(socket, logger) }
            }
            source.resume()
            return source
        }
    }

    /// The agent has ended by itself.
    func cancel() { sources.forEach { $0.cancel() } }

    private static func end(_ socket: FilePath, _ logger: Logger) {
        ProcessGroup.killAll()
        unlink(socket.string)
        // Whoever reads the log may be what hangs.
        DispatchQueue(label: "stoker.last-word").async {
            logger.warning("something does not end; stopped without waiting for it any longer")
            _exit(StokerError.Code.interrupted.rawValue)
        }
        usleep(500_000)
        _exit(StokerError.Code.interrupted.rawValue)
    }
}
