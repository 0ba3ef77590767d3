import Foundation
import Glibc
import Synchronization

/// A server on a Unix socket whose answers begin well and then go on a byte at a time, without an end. What it is told
/// of is answered properly.
final class DrippingServer: Sendable {
    private let listener: Int32
    private let dripping = Flag()

    private final class Flag: Sendable { let isSet = Atomic(false) }

    /// Whether somebody is getting an answer that does not end.
    var hasDripped: Bool { dripping.isSet.load(ordering: .relaxed) }

    /// - Parameter answers: by the beginning of the request; without their version.
    init(_ path: String, answers: [String: String] = [:]) throws {
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        self.listener = listener
        try RecordingSocket.bind(listener, to: path)
        guard listen(listener, 64) == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
        let dripping = dripping
        Thread.detachNewThread {
            while true {
                let client = accept(listener, nil, nil)
                if client < 0, errno == EINVAL || errno == EBADF { break }
                if client >= 0 { Thread.detachNewThread { DrippingServer.serve(client, answers, dripping) } }
            }
            close(listener)
        }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    private static func serve(_ client: Int32, _ answers: [String: String], _ dripping: Flag) {
        defer { close(client) }
        func send(_ text: String) -> Bool {
            Glibc.send(client, text, text.utf8.count, Int32(MSG_NOSIGNAL)) == text.utf8.count
        }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(client, &buffer, buffer.count)
            if count <= 0 { return }
            let request = String(decoding: buffer[..<count], as: UTF8.self)
            if let body = answers.first(where: { request.hasPrefix($0.key) })?.value {
                _ = send(
                    "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
                )
                continue
            }
            _ = send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            dripping.isSet.store(true, ordering: .relaxed)
            while send(" ") { usleep(200_000) }
            return
        }
    }
}
