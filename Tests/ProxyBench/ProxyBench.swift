import Foundation
import Glibc

/// The proxy of `stoker run` alone, and what it is measured with. For tests and contrib/bench:
///
///     ProxyBench proxy ENGINE SOCKET [NAME=VALUE…]   serves at SOCKET, adds the labels, until its input ends
///     ProxyBench engine SOCKET BYTES                 answers a GET by so many bytes, and takes any body
///     ProxyBench latency TARGET COUNT SOCKET…        the time of a GET on one connection to each, in turns
///     ProxyBench download BYTES SOCKET…              how fast they come from each, in turns
///     ProxyBench upload BYTES SOCKET…                how fast they go to each, in turns
@main
enum ProxyBench {
    static func main() async {
        let words = Array(CommandLine.arguments.dropFirst())
        signal(SIGPIPE, SIG_IGN)
        do {
            switch (words.first, words.count) {
            case ("proxy", 3...):
                try await LoneProxy(engine: words[1], socket: words[2], labels: Array(words[3...])).run()
            case ("engine", 3): try StreamingEngine(socket: words[1], count: number(words[2])).run()
            case ("latency", 4...):
                try Latency(target: words[1], count: number(words[2]), sockets: Array(words[3...])).run()
            case ("download", 3...):
                try Throughput(count: number(words[1]), sockets: Array(words[2...])).download()
            case ("upload", 3...):
                try Throughput(count: number(words[1]), sockets: Array(words[2...])).upload()
            default: throw Failure(description: "see its source for how it is used")
            }
        } catch {
            FileHandle.standardError.write(Data("ProxyBench: \(error)\n".utf8))
            exit(1)
        }
    }

    struct Failure: Error, CustomStringConvertible { let description: String }

    private static func number(_ word: String) throws -> Int {
        guard let number = Int(word), number > 0 else { throw Failure(description: "no number: \(word)") }
        return number
    }

    /// Nanoseconds.
    static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
