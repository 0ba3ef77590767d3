import Glibc
import Logging
import NIOCore

/// Refuses connections of other users, and more of one process than it can have any use for.
///
/// The socket's folder keeps other users out already; this also holds where someone has opened the folder to them.
final class PeerCheck: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = NIOAny
    private let connections: PeerConnections
    private let logger: Logger

    /// The kernel's `struct ucred`, which Swift's view of glibc leaves out.
    private struct Credentials: BitwiseCopyable {
        var pid: pid_t = 0
        var uid: uid_t = 0
        var gid: gid_t = 0
    }

    init(_ connections: PeerConnections, logger: Logger) {
        self.connections = connections
        self.logger = logger
    }

    func channelActive(context: ChannelHandlerContext) {
        if let provider = context.channel as? any SocketOptionProvider {
            let channel = context.channel
            let answer: EventLoopFuture<Credentials> = provider.unsafeGetSocketOption(
                level: .socket, name: .init(rawValue: SO_PEERCRED))
            answer.whenComplete { [connections, logger] result in
                guard case .success(let peer) = result, peer.uid == geteuid() || peer.uid == 0 else {
                    logger.warning("refused a connection of another user")
                    return channel.close(promise: nil)
                }
                guard connections.begin(pid: peer.pid) else {
                    logger.debug("refused a connection of the process \(peer.pid), which is one too many")
                    return channel.close(promise: nil)
                }
                channel.closeFuture.whenComplete { _ in connections.end(pid: peer.pid) }
            }
        }
        context.fireChannelActive()
    }
}
