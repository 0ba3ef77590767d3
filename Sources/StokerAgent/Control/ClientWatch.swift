import NIOCore
import Synchronization

/// Closes the connection of a client that does not send its question, or does not read its answer.
final class ClientWatch: Sendable {
    /// A question is a few bytes, and nothing that has to be found out before the answer begins takes long.
    private static let questionLimit = Duration.seconds(30)
    /// So long a client may read nothing.
    private static let readingLimit = Duration.seconds(10)

    private let channel: any Channel
    private let task = Mutex<Task<Void, Never>?>(nil)

    init(_ channel: any Channel) {
        self.channel = channel
        begin {
            try await Task.sleep(for: ClientWatch.questionLimit)
        }
    }

    /// The question has come, and the answer is being sent.
    func beginAnswer() {
        begin { [channel] in
            var wasFull = false
            while true {
                try await Task.sleep(for: ClientWatch.readingLimit)
                let isFull = !channel.isWritable
                if isFull && wasFull { return }
                wasFull = isFull
            }
        }
    }

    func end() { task.withLock { $0 }?.cancel() }

    /// Closes the connection when `wait` returns before the next one begins.
    private func begin(_ wait: @escaping @Sendable () async throws -> Void) {
        let next = Task { [channel] in
            guard (try? await wait()) != nil else { return }
            channel.close(promise: nil)
        }
        task.withLock { task in
            task?.cancel()
            task = next
        }
    }
}
