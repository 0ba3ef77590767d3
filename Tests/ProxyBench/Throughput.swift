import Glibc

/// Gigabytes a second through sockets, one after the other.
struct Throughput {
    var count: Int
    var sockets: [String]

    /// Bytes of a call, as much as the docker client copies at once.
    static let piece = 32 << 10

    func download() throws {
        try measure { stream, buffer in
            try stream.send("GET / HTTP/1.1\r\nHost: docker\r\n\r\n")
            let (head, early) = try stream.head(buffer)
            guard Stream.length(head) == count else { throw ProxyBench.Failure(description: head) }
            try Throughput.receive(count - early, buffer, from: stream)
        }
    }

    func upload() throws {
        try measure { stream, buffer in
            try stream.send("POST / HTTP/1.1\r\nHost: docker\r\nContent-Length: \(count)\r\n\r\n")
            try Throughput.send(count, buffer, to: stream)
            let (head, _) = try stream.head(buffer)
            guard head.hasPrefix("HTTP/1.1 200") else { throw ProxyBench.Failure(description: head) }
        }
    }

    private func measure(_ work: (Stream, UnsafeMutableRawBufferPointer) throws -> Void) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Throughput.piece, alignment: 4096)
        defer { buffer.deallocate() }
        var rates: [String] = []
        for socket in sockets {
            let stream = try Stream(connectingTo: socket)
            defer { close(stream.descriptor) }
            let start = ProxyBench.now()
            try work(stream, buffer)
            let rate = Double(count) / Double(ProxyBench.now() - start)
            rates.append("\((rate * 1000).rounded() / 1000)")
        }
        print(rates.joined(separator: " "))
    }

    static func send(_ count: Int, _ buffer: UnsafeMutableRawBufferPointer, to stream: Stream) throws {
        var left = count
        while left > 0 {
            let piece = min(left, buffer.count)
            try stream.send(UnsafeRawBufferPointer(rebasing: buffer[..<piece]))
            left -= piece
        }
    }

    static func receive(
        _ count: Int, _ buffer: UnsafeMutableRawBufferPointer, from stream: Stream
    ) throws {
        var left = count
        while left > 0 {
            let count = try stream.receive(buffer)
            guard count > 0 else { throw ProxyBench.Failure(description: "it ends \(left) bytes early") }
            left -= count
        }
    }
}
