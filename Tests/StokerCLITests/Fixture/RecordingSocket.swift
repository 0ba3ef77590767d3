import Foundation
import Glibc
import Synchronization

/// A socket in front of the engine that passes every byte on and counts the builds that are asked for: the
/// engine itself has no count of them.
final class RecordingSocket: Sendable {
    private let listener: Int32
    private let count = Mutex(0)
    private let traffic = Mutex(Traffic())
    /// Builds wait for whoever is in it.
    private let gate = DispatchGroup()
    private let isHolding = Mutex(false)

    private struct Traffic {
        var bytes = 0
        var pairs: [Pair] = []
    }

    /// Listens at `path` for as long as it lives; connections that are open then go on to their ends.
    init(_ path: String, before engine: String = TestEngine.socket) throws {
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        self.listener = listener
        try RecordingSocket.bind(listener, to: path)
        guard listen(listener, 64) == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
        Thread.detachNewThread { [weak self] in
            while true {
                // A client that the test starts must not keep the connection open.
                let client = RecordingSocket.accept4(listener, nil, nil, Int32(SOCK_CLOEXEC.rawValue))
                if client >= 0 {
                    self?.serve(client, engine)
                } else if errno == EINVAL || errno == EBADF {
                    // It was shut down. Everything else passes, such as too many open files.
                    break
                }
            }
            close(listener)
        }
    }

    /// Swift does not import accept4(2).
    private typealias Accept =
        @convention(c) (Int32, UnsafeMutablePointer<sockaddr>?, UnsafeMutablePointer<socklen_t>?, Int32) ->
        Int32
    private static let accept4 = unsafeBitCast(dlsym(nil, "accept4"), to: Accept.self)

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    /// How many builds have been asked for, without those that the legacy builder gave up since an image was
    /// removed meanwhile: they are begun anew.
    var builds: Int { count.withLock { $0 } }

    /// How many bytes have been sent to the engine.
    var bytesSent: Int { traffic.withLock { $0.bytes } }

    /// Keeps the engine from hearing of builds until `release`. They are counted all the same.
    func hold() {
        isHolding.withLock { isHolding in
            if !isHolding { gate.enter() }
            isHolding = true
        }
    }

    func release() {
        isHolding.withLock { isHolding in
            if isHolding { gate.leave() }
            isHolding = false
        }
    }

    /// Ends all connections, as an engine does that is started anew.
    func cut() {
        for pair in traffic.withLock({ $0.pairs }) { pair.cut() }
    }

    private func serve(_ client: Int32, _ path: String) {
        let engine = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard RecordingSocket.withAddress(path, { connect(engine, $0, $1) == 0 }) else {
            close(client)
            close(engine)
            return
        }
        let pair = Pair(client: client, engine: engine)
        traffic.withLock { $0.pairs = $0.pairs.filter { !$0.isOver } + [pair] }
        Thread.detachNewThread {
            var scanner = BuildRequestScanner()
            pair.pump(from: client, to: engine) { bytes in
                self.traffic.withLock { $0.bytes += bytes.count }
                let found = scanner.count(in: bytes)
                guard found > 0 else { return }
                self.count.withLock { $0 += found }
                self.gate.wait()
            }
        }
        Thread.detachNewThread {
            var scanner = LostImageScanner()
            pair.pump(from: engine, to: client) { bytes in
                if scanner.isFirstFound(in: bytes) { self.count.withLock { $0 -= 1 } }
            }
        }
    }

    /// Two connected ends, closed when both directions are done.
    private final class Pair: Sendable {
        private let ends: [Int32]
        private let directions = Mutex(2)

        init(client: Int32, engine: Int32) { ends = [client, engine] }

        var isOver: Bool { directions.withLock { $0 == 0 } }

        func cut() {
            // Under the lock, so that the numbers are not another's yet.
            directions.withLock { directions in
                if directions > 0 { ends.forEach { shutdown($0, Int32(SHUT_RDWR)) } }
            }
        }

        func pump(from source: Int32, to sink: Int32, _ seen: (ArraySlice<UInt8>) -> Void) {
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            copying: while true {
                let count = read(source, &buffer, buffer.count)
                if count < 0 && errno == EINTR { continue }
                if count <= 0 { break }
                seen(buffer[..<count])
                var sent = 0
                while sent < count {
                    let written = buffer.withUnsafeBytes { bytes in
                        // Within the buffer, which is not empty.
                        send(sink, bytes.baseAddress! + sent, count - sent, Int32(MSG_NOSIGNAL))
                    }
                    if written < 0 && errno == EINTR { continue }
                    if written < 0 { break copying }
                    sent += written
                }
            }
            // The other side is told, and may still answer.
            shutdown(sink, Int32(SHUT_WR))
            shutdown(source, Int32(SHUT_RD))
            directions.withLock { directions in
                directions -= 1
                if directions == 0 { ends.forEach { close($0) } }
            }
        }
    }

    static func bind(_ descriptor: Int32, to path: String) throws {
        let isBound = withAddress(path) { Glibc.bind(descriptor, $0, $1) == 0 }
        guard isBound else { throw POSIXError(.EADDRNOTAVAIL) }
    }

    private static func withAddress<Value>(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value
    ) -> Value {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8.prefix(107))) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
