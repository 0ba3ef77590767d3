public import Logging
import NIOCore
import NIOPosix
import StokerCore
import Synchronization
public import SystemPackage

/// A socket for one command's requests to the engine, which marks what the command makes as its own.
///
/// Every container, network and volume that is created through it gets labels; all else passes untouched and
/// streaming, with back pressure. What cannot be read in one way only is refused, since what the proxy takes for
/// something else than the engine does would be made without labels.
public final class EngineProxy: Sendable {
    private enum Phase {
        case new
        case listening(any Channel, ListeningSocket)
        /// Nothing new is let through.
        case ending
        case ended
    }
    private struct State {
        var phase = Phase.new
        var channels: [ObjectIdentifier: any Channel] = [:]
        /// Creations that the engine has and has not answered.
        var unanswered = 0
        var whenAnswered: EventLoopPromise<Void>?
        var unowned: [String: Int] = [:]
    }

    public let socket: FilePath
    let logger: Logger
    let heldBytes = HeldBytes()
    private let endpoint: Endpoint
    private let labels: @Sendable () -> [String: String]
    private let ledger: CreationLedger?
    private let state = Mutex(State())

    /// - Parameters:
    ///   - socket: where it listens; nothing may be there.
    ///   - labels: called at each creation, on a thread that must not wait: what is added to it. They win over
    ///     those of the same names in the request.
    ///   - ledger: where creations are written down; `nil` where nobody is to know of them.
    public init(
        endpoint: Endpoint, socket: FilePath, labels: @escaping @Sendable () -> [String: String],
        ledger: CreationLedger? = nil, logger: Logger
    ) {
        self.endpoint = endpoint
        self.socket = socket
        self.labels = labels
        self.ledger = ledger
        self.logger = logger
    }

    /// What went through and has no labels, each kind once, in the order of their paths.
    public var unowned: [UnownedRequest] {
        state.withLock { $0.unowned }.map { UnownedRequest(path: $0.key, count: $0.value) }
            .sorted { $0.path < $1.path }
    }

    /// Listens, for this user alone. Returns when clients can connect.
    ///
    /// - Throws: `StokerError`: `.cannotWrite` when there can be no socket, `.badInput` for certificates that cannot
    ///   be read. Whether the engine is there is seen at the first request.
    public func start() async throws {
        let dialer = try EngineDialer(endpoint)
        let listening = try ListeningSocket(at: socket)
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.recvAllocator, value: ProxyEnd.allocator)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.writeBufferWaterMark, value: ProxyEnd.waterMark)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    guard register(channel) else { throw ChannelError.ioOnClosedChannel }
                    try ProxyConnection(client: channel, proxy: self, dialer: dialer).start()
                }
            }
        do {
            // Takes the descriptor, whatever happens.
            let channel = try await bootstrap.withBoundSocket(listening.descriptor).get()
            state.withLock { $0.phase = .listening(channel, listening) }
        } catch {
            listening.unlink()
            throw StokerError(
                .cannotWrite, "cannot listen on \(socket)", cause: "\(error)", nextStep: "try it again")
        }
    }

    /// Takes no new connections and requests from now on, waits until the engine has answered the creations that it
    /// has, closes everything and removes the socket.
    ///
    /// - Parameter patience: for the answers, as an engine may hang. What it makes after that is not known when this
    ///   returns.
    public func stop(patience: Duration) async {
        let phase: (any Channel, ListeningSocket)? = state.withLock { state in
            guard case .listening(let listener, let listening) = state.phase else { return nil }
            state.phase = .ending
            return (listener, listening)
        }
        guard let (listener, listening) = phase else { return }
        try? await listener.close().get()
        listening.unlink()
        await answered(patience: patience, on: listener.eventLoop)
        let channels = state.withLock { state in
            state.phase = .ended
            return state.channels.values
        }
        for channel in channels { channel.close(promise: nil) }
        for channel in channels { try? await channel.closeFuture.get() }
    }

    private func answered(patience: Duration, on loop: any EventLoop) async {
        let promise = loop.makePromise(of: Void.self)
        let isAnswered = state.withLock { state in
            if state.unanswered > 0 { state.whenAnswered = promise }
            return state.unanswered == 0
        }
        let timer = loop.scheduleTask(in: TimeAmount(patience)) { promise.succeed() }
        if isAnswered { promise.succeed() }
        try? await promise.futureResult.get()
        timer.cancel()
    }

    // MARK: For the connections

    /// Channels that are open, for tests.
    var openChannels: Int { state.withLock { $0.channels.count } }

    /// Keeps a channel in mind until it is closed.
    ///
    /// - Returns: whether it is still wanted.
    func register(_ channel: any Channel) -> Bool {
        let key = ObjectIdentifier(channel)
        let isWanted = state.withLock { state in
            if case .ended = state.phase { return false }
            state.channels[key] = channel
            return true
        }
        if isWanted {
            channel.closeFuture.whenComplete { [self] _ in
                _ = state.withLock { $0.channels.removeValue(forKey: key) }
            }
        }
        return isWanted
    }

    /// A creation that is let through is counted until `creationEnds`.
    func admit(_ purpose: RequestPurpose) -> ConnectionTracker.Admission {
        let admission: ConnectionTracker.Admission? = state.withLock { state in
            switch state.phase {
            case .ending, .ended: return .refuse(.ending)
            case .new, .listening: break
            }
            switch purpose {
            case .creation:
                state.unanswered += 1
                return nil
            case .unowned(let path):
                state.unowned[path, default: 0] += 1
                return .pass
            case .other: return .pass
            }
        }
        if let admission { return admission }
        guard let ledger, case .creation(let kind) = purpose else { return .label(labels()) }
        guard let now = ledger.now() else {
            creationEnds()
            return .refuse(.unrecorded("the engine's clock is not known"))
        }
        let mark = ledger.journal.mark()
        return .record(
            labels().merging(LeaseLabels.labels(of: mark)) { $1 },
            CreationRecord(mark: mark, kind: kind, asked: now))
    }

    /// Writes a creation down before the engine hears of it.
    ///
    /// - Parameter done: called on the event loop; with an error the engine must not hear of it.
    func note(
        _ record: CreationRecord, on loop: any EventLoop, done: @escaping @Sendable ((any Error)?) -> Void
    ) {
        guard let ledger else { return done(nil) }
        ledger.journal.write(record) { error in loop.execute { done(error) } }
    }

    /// Writes down what the engine has made before the client hears of it.
    ///
    /// What cannot be written down is known by the creation before it, as after a crash.
    ///
    /// - Parameter done: called on the event loop.
    func note(_ answer: HeldAnswer, on loop: any EventLoop, done: @escaping @Sendable () -> Void) {
        guard let ledger, let id = answer.made, CreationRecord.canHold(id: id) else { return done() }
        var record = answer.record
        record.id = id
        ledger.journal.write(record) { [logger] error in
            if let error { logger.warning("cannot write down what was created, \(id): \(error)") }
            loop.execute { done() }
        }
    }

    func creationEnds() {
        let promise = state.withLock { state in
            state.unanswered -= 1
            guard state.unanswered == 0 else { return EventLoopPromise<Void>?.none }
            defer { state.whenAnswered = nil }
            return state.whenAnswered
        }
        promise?.succeed()
    }
}
