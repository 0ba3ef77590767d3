import Foundation
import Glibc
@testable import StokerKit
import Synchronization

/// Listens on a Unix socket, or on a TCP port of its own, and serves each connection by a closure, on a thread of its own.
final class SocketEngine: Sendable {
    let endpoint: Endpoint
    private let listener: Int32
    private let connections = Mutex<[TestSocket]>([])
    private let end = DispatchGroup()

    /// - Parameter path: of the Unix socket; `nil` for TCP.
    init(path: String?, _ serve: @escaping @Sendable (TestSocket) throws -> Void) {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let listener = socket(path == nil ? AF_INET : AF_UNIX, type, 0)
        if let path {
            let isBound = TestSocket.withAddress(path) { bind(listener, $0, $1) == 0 }
            precondition(isBound, "cannot bind \(path): \(errno)")
            endpoint = Endpoint(address: .unix(path: path))
        } else {
            endpoint = Endpoint(address: .tcp(host: "127.0.0.1", port: SocketEngine.bindLocally(listener)))
        }
        precondition(listen(listener, 64) == 0, "cannot listen: \(errno)")
        self.listener = listener
        end.enter()
        Thread.detachNewThread { [self] in
            defer { end.leave() }
            while case let descriptor = accept(listener, nil, nil), descriptor >= 0 {
                let connection = TestSocket(descriptor: descriptor)
                connections.withLock { $0.append(connection) }
                end.enter()
                Thread.detachNewThread { [self] in
                    try? serve(connection)
                    connection.close()
                    end.leave()
                }
            }
        }
    }

    /// Returns when all its threads have ended.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        for connection in connections.withLock({ $0 }) { connection.close() }
        end.wait()
        close(listener)
        if case .unix(let path) = endpoint.address { unlink(path) }
    }

    /// - Returns: the port.
    private static func bindLocally(_ socket: Int32) -> Int {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, size) == 0 && getsockname(socket, $0, &size) == 0
            }
        }
        precondition(isBound, "no port: \(errno)")
        return Int(in_port_t(bigEndian: address.sin_port))
    }
}
