import Glibc
import Logging
import NIOCore

/// Refuses connections of other users. The socket's folder keeps them out already; this also holds where
/// someone has opened the folder to them.
final class PeerCheck: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = NIOAny
    let logger: Logger

    /// The kernel's `struct ucred`, which Swift's view of glibc leaves out.
    private struct Credentials: BitwiseCopyable {
        var pid: pid_t = 0
        var uid: uid_t = 0
        var gid: gid_t = 0
    }

    init(logger: Logger) { self.logger = logger }

    func channelActive(context: ChannelHandlerContext) {
        if let provider = context.channel as? any SocketOptionProvider {
            let channel = context.channel
            let logger = logger
            let answer: EventLoopFuture<Credentials> = provider.unsafeGetSocketOption(
                level: .socket, name: .init(rawValue: SO_PEERCRED))
            answer.whenComplete { result in
                if case .success(let peer) = result, peer.uid == geteuid() || peer.uid == 0 { return }
                logger.warning("refused a connection of another user")
                channel.close(promise: nil)
            }
        }
        context.fireChannelActive()
    }
}
