import Foundation
import Glibc
@testable import StokerKit
import TestSupport
import Testing

/// Damaged creations before a real engine, whose reading of them is the one that counts.
@Suite(.enabled(if: TestEngine.isThere, "\(TestEngine.skipped)"), .timeLimit(.minutes(60)))
struct ProxiedDamageTests {
    private static func creation(_ name: String, _ random: inout SeededGenerator) -> String {
        let body = #"{"Name":"\#(name)","Labels":{"a":"b"}}"#
        let head = "POST /volumes/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
        if Bool.random(using: &random) {
            return head + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        }
        let (first, rest) = (body.prefix(9), body.dropFirst(9))
        return head + "Transfer-Encoding: chunked\r\n\r\n9\r\n\(first)\r\n"
            + "\(String(rest.utf8.count, radix: 16));x=y\r\n\(rest)\r\n0\r\n\r\n"
    }

    private static func damage(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        let pieces = [
            "\r\n", "\n", "\r", " ", "\t", "0", "\"", "{", "}", ",", ":", "\\", "%", "/",
            "Content-Length: 3\r\n",
            "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: identity\r\n", "\r\n\r\n", "0\r\n\r\n",
            "\"Labels\":null,", "\"labelS\":{\"dev.stoker.test\":\"x\"},", "X: y\r\n", " z\r\n", "\u{17F}",
        ]
        switch Int.random(in: 0...4, using: &random) {
        case 0: bytes.remove(at: place)
        case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
        default:
            bytes.insert(contentsOf: (pieces.randomElement(using: &random) ?? "").utf8, at: place)
        }
    }

    /// All that comes, until the other side ends or has said nothing for a while: damage may leave both waiting.
    private static func answers(_ client: TestSocket) throws -> String {
        var poller = pollfd(fd: client.descriptor, events: Int16(POLLIN), revents: 0)
        var answers = ""
        while poll(&poller, 1, 2000) > 0 {
            let next = try client.receive(1)
            if next.isEmpty { return answers }
            answers += next
        }
        client.endOutput()
        return answers + (try client.receive())
    }

    /// `STOKER_PROXY_DAMAGES` asks for more or fewer.
    @Test func whateverTheEngineMakesOfDamageIsLabelled() async throws {
        let rounds = ProcessInfo.processInfo.environment["STOKER_PROXY_DAMAGES"].flatMap { UInt64($0) } ?? 80
        try await ProxiedEngine.with { engine in
            let made = try await withThrowingTaskGroup(of: Int.self) { group in
                for caller in 0..<8 as Range<UInt64> {
                    group.addTask {
                        try await ProxiedCreationTests.blocking {
                            try stride(from: caller, to: rounds, by: 8).reduce(0) { count, seed in
                                var random = SeededGenerator(seed: seed)
                                var bytes = (0..<3).flatMap {
                                    Array(Self.creation("\(engine.owner)-\(seed)-\($0)", &random).utf8)
                                }
                                for _ in 0..<Int.random(in: 1...2, using: &random) {
                                    Self.damage(&bytes, &random)
                                }
                                let client = try TestSocket(connectingTo: engine.socket)
                                // It may be refused before all of it is sent.
                                try? client.send(bytes[...])
                                return try count
                                    + Self.answers(client).split(separator: "HTTP/1.1 201 ").count - 1
                            }
                        }
                    }
                }
                return try await group.reduce(0, +)
            }
            let owned = try engine.owned("volume")
            let named = try engine.direct(["volume", "ls", "-q", "--filter", "name=\(engine.owner)"])
                .split(separator: "\n").map(String.init)
            #expect(Set(named).subtracting(owned) == [])
            // Some damage leaves requests whole, or it would show nothing.
            #expect(owned.count > Int(rounds) / 4)
            #expect(made > 0)
        }
    }
}
