/// Words that one side of a test leaves for the other.
final class Gathered: Sendable {
    private let stream: AsyncStream<String>
    private let continuation: AsyncStream<String>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func add(_ word: String) { continuation.yield(word) }

    func next() async -> String? {
        for await word in stream { return word }
        return nil
    }
}
