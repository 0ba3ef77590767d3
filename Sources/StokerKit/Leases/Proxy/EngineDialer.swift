import NIOCore
import NIOPosix
import NIOSSL

/// Connects to the engine: over its Unix socket, TCP or TLS.
struct EngineDialer: Sendable {
    let endpoint: Endpoint
    private let tls: NIOSSLContext?

    private static let patience = TimeAmount.seconds(10)

    /// - Throws: `StokerError` for certificates that cannot be read.
    init(_ endpoint: Endpoint) throws {
        self.endpoint = endpoint
        tls = try endpoint.certificates.map {
            try NIOSSLContext(configuration: try EngineClient.tls($0))
        }
    }

    /// - Parameter prepare: gets the new channel on `loop` before anything is read from it.
    func connect(
        on loop: any EventLoop, _ prepare: @escaping @Sendable (any Channel) throws -> Void
    ) -> EventLoopFuture<any Channel> {
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(EngineDialer.patience)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .proxyOptions()
            .channelInitializer { [tls, name = serverName] channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: name))
                    }
                    try prepare(channel)
                }
            }
        return switch endpoint.address {
        case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
        case .tcp(let host, let port): bootstrap.connect(host: host, port: port)
        }
    }

    /// `nil` for a numeric address, which is compared with the certificate's as such.
    private var serverName: String? {
        guard case .tcp(let host, _) = endpoint.address,
            (try? SocketAddress(ipAddress: host, port: 0)) == nil
        else { return nil }
        return host
    }
}

extension ClientBootstrap {
    fileprivate func proxyOptions() -> Self {
        channelOption(.recvAllocator, value: ProxyEnd.allocator)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.writeBufferWaterMark, value: ProxyEnd.waterMark)
    }
}
