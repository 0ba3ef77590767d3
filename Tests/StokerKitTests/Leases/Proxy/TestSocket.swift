import Foundation
import Glibc
import Synchronization

/// One end of a connection, by plain blocking calls.
final class TestSocket: Sendable {
    let descriptor: Int32
    private let isClosed = Mutex(false)

    struct Failure: Error { let call: String, number: Int32 }

    init(descriptor: Int32) {
        self.descriptor = descriptor
        // Only so that a test that would hang ends.
        var patience = timeval(tv_sec: 600, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close() }

    convenience init(connectingTo path: String) throws {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        self.init(descriptor: socket(AF_UNIX, type, 0))
        try TestSocket.withAddress(path) {
            guard connect(descriptor, $0, $1) == 0 else { throw Failure(call: "connect", number: errno) }
        }
    }

    static func withAddress<Value>(
        _ path: String, _ use: (UnsafePointer<sockaddr>, socklen_t) throws -> Value
    ) rethrows -> Value {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return try withUnsafePointer(to: &address) {
            try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                try use($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    func close() {
        isClosed.withLock { isClosed in
            if isClosed { return }
            isClosed = true
            // A child of another test may have a copy.
            shutdown(descriptor, Int32(SHUT_RDWR))
            Glibc.close(descriptor)
        }
    }

    func endOutput() { shutdown(descriptor, Int32(SHUT_WR)) }

    func send(_ text: String) throws { try send(Array(text.utf8)[...]) }

    func send(_ bytes: ArraySlice<UInt8>) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Failure(call: "send", number: errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// Up to so many bytes; fewer only at the end.
    func receive(_ count: Int = .max) throws -> String {
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while received.count < count {
            let got = recv(descriptor, &buffer, min(buffer.count, count - received.count), 0)
            if got < 0, errno == EINTR { continue }
            // Whoever leaves with something unread resets the connection.
            if got == 0 || got < 0 && errno == ECONNRESET { break }
            guard got > 0 else { throw Failure(call: "recv", number: errno) }
            received += buffer[..<got]
        }
        return String(decoding: received, as: UTF8.self)
    }

    /// Up to and with the empty line; shorter only at the end.
    func receiveHead() throws -> String {
        var head = ""
        while !head.hasSuffix("\r\n\r\n") {
            let next = try receive(1)
            if next.isEmpty { break }
            // Bytes of a head are characters of one byte.
            head += next
        }
        return head
    }

    /// Head and body of a message with a Content-Length.
    func receiveMessage() throws -> (head: String, body: String) {
        let head = try receiveHead()
        let line = head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
        let length = line.flatMap { Int($0.dropFirst("content-length:".count).drop { $0 == " " }) } ?? 0
        return (head, try receive(length))
    }
}
