import Dispatch
import Glibc
import StokerCore
import Synchronization

/// One subscription to the engine's image events over a Unix socket, read without ever waiting.
///
/// Used by one thread at a time.
final class EventConnection: @unchecked Sendable {
    enum Event: Equatable {
        /// Concerns the reference of this name alone.
        case named(String)
        /// May concern any image: an event of a removal names no reference.
        case any
    }

    struct Drained {
        var events: [Event] = []
        /// Whether the engine may have had to drop events, as nobody had read for long.
        var mayHaveGap = false
        /// Whether the connection has ended.
        var isOver = false
    }

    /// Whether the engine sends an event for every tag. One that does not says nothing of those that BuildKit puts.
    let tellsAll: Bool
    private let descriptor: Int32
    private var chunks: ChunkedLines
    // Dispatch sources may be used from any thread.
    private var source: (any DispatchSourceRead)?

    /// As much as this in one go means that the socket's buffer (some 200 KiB) was about to be full. Then the
    /// engine waits a tenth of a second for its reader, and drops the event without a word.
    private static let gapLimit = 64 << 10
    private static let filters = "%7B%22type%22%3A%5B%22image%22%5D%7D"

    /// Subscribes. `nil` when that does not go as it should.
    init?(socket: String) {
        guard var exchange = PlainExchange(socket: socket), exchange.ask("/_ping"),
            exchange.answer()?.status == 200,
            // Its command line works past the service, which hears of it only later.
            exchange.headers["libpod-api-version"] == nil, let date = exchange.headers["date"],
            let now = EngineTime(httpDate: date)?.seconds,
            // The engine answers before it listens, so what happens in between has to be asked for, on its clock.
            exchange.ask("/events?since=\(now - 1)&filters=\(EventConnection.filters)"),
            exchange.head() == 200, exchange.headers["transfer-encoding"] == "chunked"
        else { return nil }
        tellsAll = EventConnection.tellsAll(server: exchange.headers["server"] ?? "")
        let (copy, received) = exchange.handOver()
        guard copy >= 0 else { return nil }
        descriptor = copy
        chunks = ChunkedLines(received)
    }

    /// Calls back whenever there is something to drain, from `start` until `close`.
    func onReadable(_ queue: DispatchQueue, _ handler: @escaping @Sendable () -> Void) {
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        let descriptor = descriptor
        source.setCancelHandler { Glibc.close(descriptor) }
        source.setEventHandler(handler: handler)
        self.source = source
    }

    /// To be called in any case after `onReadable`, also when `close` has come first.
    func start() { source?.activate() }

    /// Only after `onReadable`.
    func close() { source?.cancel() }

    func drain() -> Drained {
        var drained = Drained()
        var total = 0
        withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 16) { buffer in
            while total <= EventConnection.gapLimit {
                let count = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
                if count < 0, errno == EINTR { continue }
                if count < 0, errno == EAGAIN || errno == EWOULDBLOCK { break }
                guard count > 0 else {
                    drained.isOver = true
                    break
                }
                total += count
                chunks.append(buffer[..<count])
            }
        }
        drained.mayHaveGap = total > EventConnection.gapLimit
        while let line = chunks.next() { drained.events += EventConnection.event(line) }
        if chunks.isOver { drained.isOver = true }
        return drained
    }

    private static func event(_ line: [UInt8]) -> [Event] {
        guard let json = PlainJSON(line), let action = json["Action"]?.string else { return [.any] }
        switch action {
        case "push", "save": return []
        case "tag":
            guard let name = json["Actor"]?["Attributes"]?["name"]?.string else { return [.any] }
            return [.named(name)]
        default: return [.any]
        }
    }

    /// Engines before 28.1 lack some events: of BuildKit's tags with either image store (moby#45404, moby#48078,
    /// moby#49678).
    static func tellsAll(server: String) -> Bool {
        guard
            let version = server.split(separator: " ").first(where: { $0.hasPrefix("Docker/") })?
                .dropFirst("Docker/".count).split(separator: "."), version.count > 1,
            let major = Int(version[0]), let minor = Int(version[1])
        else { return false }
        return major > 28 || major == 28 && minor >= 1
    }
}
