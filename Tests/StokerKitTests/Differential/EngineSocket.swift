import Foundation
import Glibc

/// The engine's API, spoken without any of the code under test: one connection a question, HTTP/1.0, so that the
/// answer is what comes until the engine closes.
enum EngineSocket {
    struct Answer {
        var status: Int
        var body: [UInt8]

        func json() throws -> Any { try JSONSerialization.jsonObject(with: Data(body)) }
    }

    /// - Parameter address: default: the test engine's.
    static func ask(
        _ method: String, _ path: String, body: String = "", type: String = "application/json",
        at address: String? = TestEngine.address
    ) throws -> Answer {
        let scheme = "unix://"
        guard let address, address.hasPrefix(scheme) else {
            throw TestEngine.Failure(description: "the test engine is not at a Unix socket")
        }
        let descriptor = try connect(String(address.dropFirst(scheme.count)))
        defer { close(descriptor) }
        let head = "\(method) \(path) HTTP/1.0\r\nHost: engine\r\nContent-Type: \(type)\r\n"
        let request = Array("\(head)Content-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            throw TestEngine.Failure(description: "\(method) \(path): errno \(errno)")
        }
        return try answer(from: descriptor, "\(method) \(path)")
    }

    private static func connect(_ path: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { room in
            room.copyBytes(from: path.utf8.prefix(room.count - 1))
            return path.utf8.count < room.count
        }
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard descriptor >= 0, fits, connected == 0 else {
            close(descriptor)
            throw TestEngine.Failure(description: "cannot connect to \(path): errno \(errno)")
        }
        return descriptor
    }

    private static func answer(from descriptor: Int32, _ what: String) throws -> Answer {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw TestEngine.Failure(description: "\(what): errno \(errno)")
            }
            bytes.append(contentsOf: buffer[..<count])
        }
        let blank = Array("\r\n\r\n".utf8)
        guard let end = Data(bytes).range(of: Data(blank)),
            let line = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
                .first,
            let status = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { throw TestEngine.Failure(description: "\(what): no answer") }
        return Answer(status: status, body: Array(bytes[end.upperBound...]))
    }
}
