import Synchronization

/// What a builder prints: passed on line by line, and the end of it kept for a failure's message.
final class BuildTranscript: Sendable {
    /// How many of the builder's last lines a failure shows.
    static let tailLength = 20

    private struct State {
        var splitter = LineSplitter()
        var tail: [String] = []

        mutating func keep(_ line: String) {
            if tail.count == BuildTranscript.tailLength { tail.removeFirst() }
            tail.append(line)
        }
    }
    private let state = Mutex(State())
    private let mask: SecretMask
    private let onLine: @Sendable (String) -> Void

    init(mask: SecretMask, onLine: @escaping @Sendable (String) -> Void) {
        self.mask = mask
        self.onLine = onLine
    }

    var tail: [String] { state.withLock { $0.tail } }

    func add(_ bytes: UnsafeRawBufferPointer) {
        let lines = state.withLock { state in
            let lines = state.splitter.add(bytes).map(mask.masked)
            lines.forEach { state.keep($0) }
            return lines
        }
        lines.forEach(onLine)
    }

    /// The output has ended.
    func finish() {
        let last = state.withLock { state in
            let last = state.splitter.finish().map(mask.masked)
            if let last { state.keep(last) }
            return last
        }
        if let last { onLine(last) }
    }
}
