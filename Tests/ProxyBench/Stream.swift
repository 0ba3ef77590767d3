import Foundation
import Glibc

/// A Unix socket, spoken to by plain blocking calls, so that as little as possible is measured besides.
struct Stream: Sendable {
    let descriptor: Int32

    init(descriptor: Int32) { self.descriptor = descriptor }

    init(connectingTo path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        try Stream.address(path) { address, size in
            guard connect(descriptor, address, size) == 0 else {
                throw ProxyBench.Failure(description: "cannot connect to \(path): \(errno)")
            }
        }
    }

    /// One that listens.
    init(listeningAt path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        try Stream.address(path) { address, size in
            guard bind(descriptor, address, size) == 0, listen(descriptor, 64) == 0 else {
                throw ProxyBench.Failure(description: "cannot listen at \(path): \(errno)")
            }
        }
    }

    private static func address(
        _ path: String, _ use: (UnsafePointer<sockaddr>, socklen_t) throws -> Void
    ) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw ProxyBench.Failure(description: "too long: \(path)")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        try withUnsafePointer(to: &address) {
            try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                try use($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    func send(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = write(descriptor, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw ProxyBench.Failure(description: "cannot send: \(errno)") }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    func send(_ text: String) throws { try Array(text.utf8).withUnsafeBytes { try send($0) } }

    /// - Returns: 0 at the end.
    func receive(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        while true {
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw ProxyBench.Failure(description: "cannot receive: \(errno)") }
            return count
        }
    }

    /// A head, and how many bytes of the body have come with it.
    func head(_ buffer: UnsafeMutableRawBufferPointer) throws -> (text: String, bodyCount: Int) {
        let (text, bodyCount, _) = try headWithEnd(buffer)
        return (text, bodyCount)
    }

    /// The same, and the last five bytes of what has come.
    private func headWithEnd(
        _ buffer: UnsafeMutableRawBufferPointer
    ) throws -> (text: String, bodyCount: Int, end: [UInt8]) {
        var received: [UInt8] = []
        while true {
            let count = try receive(buffer)
            if count == 0 { return ("", 0, []) }
            received += buffer[..<count]
            let text = String(decoding: received, as: UTF8.self)
            if let end = text.range(of: "\r\n\r\n") {
                let head = String(text[..<end.upperBound])
                return (head, received.count - head.utf8.count, received.suffix(5))
            }
        }
    }

    /// An answer with a length, or in chunks.
    func receiveAnswer(_ buffer: UnsafeMutableRawBufferPointer) throws {
        var (head, early, end) = try headWithEnd(buffer)
        guard head.hasPrefix("HTTP/1.1 200") else { throw ProxyBench.Failure(description: head) }
        guard head.lowercased().contains("transfer-encoding: chunked") else {
            try Throughput.receive(Stream.length(head) - early, buffer, from: self)
            return
        }
        while end != Array("0\r\n\r\n".utf8) {
            early = try receive(buffer)
            guard early > 0 else { throw ProxyBench.Failure(description: "the answer ends early") }
            end = Array((end + buffer[..<early]).suffix(5))
        }
    }

    /// The number after a name in a head; both in lower case.
    static func length(_ head: String) -> Int {
        for line in head.lowercased().split(separator: "\r\n") where line.hasPrefix("content-length:") {
            return Int(line.dropFirst("content-length:".count).drop { $0 == " " }) ?? 0
        }
        return 0
    }
}
