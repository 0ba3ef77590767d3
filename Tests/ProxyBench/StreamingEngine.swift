import Foundation

/// Stands in for an engine that sends and takes as fast as a socket can.
struct StreamingEngine {
    var socket: String
    var count: Int

    func run() throws {
        let listener = try Stream(listeningAt: socket)
        FileHandle.standardOutput.write(Data("listening\n".utf8))
        while case let descriptor = accept(listener.descriptor, nil, nil), descriptor >= 0 {
            Thread.detachNewThread { [count] in
                defer { close(descriptor) }
                try? StreamingEngine.serve(Stream(descriptor: descriptor), count)
            }
        }
    }

    private static func serve(_ stream: Stream, _ count: Int) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Throughput.piece, alignment: 4096)
        defer { buffer.deallocate() }
        while case let (head, early) = try stream.head(buffer), !head.isEmpty {
            if head.hasPrefix("GET") {
                try stream.send("HTTP/1.1 200 OK\r\nContent-Length: \(count)\r\n\r\n")
                try Throughput.send(count, buffer, to: stream)
            } else {
                try Throughput.receive(Stream.length(head) - early, buffer, from: stream)
                try stream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")
            }
        }
    }
}
