/// Milliseconds of a request over connections that are kept, in turns, so that all meet the same machine.
struct Latency {
    var target: String
    var count: Int
    var sockets: [String]

    /// One line for each socket: the median and the 95th percentile.
    func run() throws {
        let streams = try sockets.map { try Stream(connectingTo: $0) }
        var times: [[Int]] = sockets.map { _ in [] }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Throughput.piece, alignment: 4096)
        defer { buffer.deallocate() }
        for round in 0..<(count + 50) {
            for (number, stream) in streams.enumerated() {
                let start = ProxyBench.now()
                try stream.send("GET \(target) HTTP/1.1\r\nHost: docker\r\n\r\n")
                try stream.receiveAnswer(buffer)
                // The first ones find nothing warm.
                if round >= 50 { times[number].append(ProxyBench.now() - start) }
            }
        }
        for time in times {
            let sorted = time.sorted()
            print(milliseconds(sorted[sorted.count / 2]), milliseconds(sorted[sorted.count * 95 / 100]))
        }
    }

    private func milliseconds(_ nanoseconds: Int) -> Double { Double(nanoseconds / 1000) / 1000 }
}
