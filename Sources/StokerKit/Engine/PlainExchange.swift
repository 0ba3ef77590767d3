import Glibc
import StokerCore

/// HTTP/1.1 over a Unix socket in blocking system calls, for questions that have to be answered in a
/// millisecond. Several may be sent before the first is answered.
///
/// There are no errors: whatever does not go as it should is `nil`, and the caller asks again by the client
/// that can tell what is wrong.
package struct PlainExchange: ~Copyable {
    private let descriptor: Int32
    private var received: [UInt8] = []
    /// Of the last answer, by their names in lower case.
    private(set) var headers: [String: String] = [:]

    /// How long has been waited in all. One that sends a byte now and then is no faster than one that sends nothing.
    private var waited: Duration = .zero

    /// Beyond this, for one call and for all together, the engine is too slow for a short way.
    private static let patience = Duration.seconds(2)
    private static let answerLimit = 4 << 20

    package init?(socket path: String) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let isShort = withUnsafeMutableBytes(of: &address.sun_path) { room in
            guard path.utf8.count < room.count else { return false }
            room.copyBytes(from: path.utf8)
            return true
        }
        guard isShort else { return nil }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var patience = timeval(tv_sec: Int(PlainExchange.patience.components.seconds), tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// - Parameters:
    ///   - target: of the characters that stand for themselves in a URL.
    ///   - body: JSON to be sent along by POST. Default: nothing, by GET.
    package mutating func ask(_ target: String, sending body: String? = nil) -> Bool {
        var head =
            "\(body == nil ? "GET" : "POST") \(target) HTTP/1.1\r\nHost: docker\r\nUser-Agent: stoker\r\n"
        if let body {
            head += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
        }
        let text = Array("\(head)\r\n\(body ?? "")".utf8)
        var sent = 0
        while sent < text.count {
            let count = text.withUnsafeBytes { bytes in
                // The loop's condition leaves something to send.
                wait {
                    send($0, bytes.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
                }
            }
            if count <= 0 { return false }
            sent += count
        }
        return true
    }

    /// The next answer's status and body.
    package mutating func answer() -> (status: Int, body: [UInt8])? {
        guard let status = head() else { return nil }
        let body: [UInt8]?
        if status == 204 {
            body = []
        } else if let coding = headers["transfer-encoding"] {
            body = coding == "chunked" ? chunks() : nil
        } else {
            body = headers["content-length"].flatMap { Int($0) }.flatMap { take($0) }
        }
        return body.map { (status, $0) }
    }

    /// The next answer's status. Its body is left to be read.
    mutating func head() -> Int? {
        guard let first = line()?.split(separator: " "), first.count > 1, first[0] == "HTTP/1.1",
            let status = Int(first[1])
        else { return nil }
        headers = [:]
        while true {
            guard let line = line() else { return nil }
            if line.isEmpty { return status }
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
    }

    /// A descriptor of the connection for somebody else to read from, which he closes, or -1; and what has been
    /// received but not read.
    func handOver() -> (descriptor: Int32, received: [UInt8]) {
        (fcntl(descriptor, F_DUPFD_CLOEXEC, 0), received)
    }

    private mutating func chunks() -> [UInt8]? {
        var body: [UInt8] = []
        while true {
            guard let size = line().flatMap({ Int($0, radix: 16) }), size >= 0,
                body.count + size <= PlainExchange.answerLimit
            else { return nil }
            if size == 0 { return line() == "" ? body : nil }
            guard let chunk = take(size), line() == "" else { return nil }
            body += chunk
        }
    }

    private mutating func take(_ count: Int) -> [UInt8]? {
        guard (0...PlainExchange.answerLimit).contains(count) else { return nil }
        while received.count < count { guard receive() else { return nil } }
        defer { received.removeFirst(count) }
        return Array(received[..<count])
    }

    /// Without its line break.
    private mutating func line() -> String? {
        while true {
            if let end = received.firstIndex(of: 0x0A) {
                guard end > 0, received[end - 1] == 0x0D else { return nil }
                defer { received.removeFirst(end + 1) }
                return String(decoding: received[..<(end - 1)], as: UTF8.self)
            }
            guard received.count < 64 << 10, receive() else { return nil }
        }
    }

    private mutating func receive() -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 16) { buffer in
            let count = wait { recv($0, buffer.baseAddress, buffer.count, 0) }
            guard count > 0 else { return false }
            received.append(contentsOf: buffer[..<count])
            return true
        }
    }

    /// Makes a call that may wait for the other side, and counts how long.
    ///
    /// - Returns: What the call returns; -1 when no time is left.
    private mutating func wait(_ call: (_ descriptor: Int32) -> Int) -> Int {
        while waited < PlainExchange.patience {
            let started = SuspendingClock.now
            let count = call(descriptor)
            let isInterrupted = count < 0 && errno == EINTR
            waited += SuspendingClock.now - started
            if !isInterrupted { return count }
        }
        return -1
    }
}
