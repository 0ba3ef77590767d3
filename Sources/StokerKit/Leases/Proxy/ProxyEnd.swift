import NIOCore

/// One of the two channels of a proxied connection: tells it what happens there, and reads only what the other one
/// can take.
final class ProxyEnd: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Side { case client, engine }

    private let side: Side
    private let connection: ProxyConnection
    private var context: ChannelHandlerContext?
    private var isReadHeld = false

    /// As much as a Unix socket holds comes with one call.
    static let allocator = AdaptiveRecvByteBufferAllocator(
        minimum: 16 << 10, initial: 64 << 10, maximum: 1 << 20)
    static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 64 << 10, high: 512 << 10)

    init(_ side: Side, of connection: ProxyConnection) {
        self.side = side
        self.connection = connection
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func read(context: ChannelHandlerContext) {
        if connection.mayRead(from: side) {
            context.read()
        } else {
            isReadHeld = true
        }
    }

    /// To be called when there may be room again.
    func resume() {
        guard isReadHeld, let context, connection.mayRead(from: side) else { return }
        isReadHeld = false
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection.take(unwrapInboundIn(data), from: side)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        connection.flush()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { connection.resume() }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed = event as? ChannelEvent {
            connection.inputEnds(at: side)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        connection.ends(at: side)
        context.fireChannelInactive()
    }

    /// A connection that breaks ends; whoever it was has gone.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        connection.fails(at: side, error)
        context.close(promise: nil)
    }
}
