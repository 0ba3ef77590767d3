import Logging
import NIOCore
import StokerCore

/// A client's connection and the one to the engine that belongs to it. Used on their event loop alone.
final class ProxyConnection: @unchecked Sendable {
    private enum Engine {
        /// Until the client's first request.
        case none
        /// What has been written meanwhile, and whether the input is to end after it.
        case connecting([ByteBuffer], ends: Bool)
        case open(any Channel, ProxyEnd)
        case gone
    }

    private let client: any Channel
    private let proxy: EngineProxy
    private let dialer: EngineDialer
    private var clientEnd: ProxyEnd?
    private var engine = Engine.none
    private var tracker: ConnectionTracker
    private var hasClientGone = false
    /// Creations that the engine has and has not answered. Two for a moment, where the answer to one lets the next
    /// one through.
    private var owedCreations = 0
    private var isFlushNeeded = false
    /// A creation is being written down, and the engine does not know of it yet.
    private var isNoting = false
    /// What is to happen after that to the engine's input.
    private var endsAfterNote = false
    /// The answer to a creation is being written down, and the client does not know of it yet.
    private var isHolding = false
    /// What is to happen after that: the engine has gone.
    private var closesAfterHolding = false

    /// How long a client that has been refused may go on sending: it would not read the refusal otherwise.
    private static let lingering = TimeAmount.seconds(1)

    init(client: any Channel, proxy: EngineProxy, dialer: EngineDialer) {
        self.client = client
        self.proxy = proxy
        self.dialer = dialer
        // Set before the first bytes come.
        tracker = ConnectionTracker { _ in .refuse(.ending) }
        tracker = ConnectionTracker(heldBytes: proxy.heldBytes) { [weak self] in
            self?.admit($0) ?? .refuse(.ending)
        }
    }

    func start() throws {
        let end = ProxyEnd(.client, of: self)
        clientEnd = end
        try client.pipeline.syncOperations.addHandler(end)
    }

    private func admit(_ purpose: RequestPurpose) -> ConnectionTracker.Admission {
        let admission = proxy.admit(purpose)
        switch admission {
        case .label, .record: owedCreations += 1
        case .pass, .refuse: break
        }
        return admission
    }

    // MARK: What happens

    func mayRead(from side: ProxyEnd.Side) -> Bool {
        switch side {
        case .engine: return hasClientGone || client.isWritable
        case .client:
            guard tracker.takesClientBytes else { return false }
            return switch engine {
            case .none, .gone: true
            case .connecting: false
            case .open(let channel, _): channel.isWritable
            }
        }
    }

    func resume() {
        clientEnd?.resume()
        if case .open(_, let end) = engine { end.resume() }
    }

    func take(_ bytes: ByteBuffer, from side: ProxyEnd.Side) {
        perform(side == .client ? tracker.takeFromClient(bytes) : tracker.takeFromEngine(bytes))
    }

    func flush() {
        if isFlushNeeded {
            isFlushNeeded = false
            client.flush()
            if case .open(let channel, _) = engine { channel.flush() }
        }
        resume()
    }

    func inputEnds(at side: ProxyEnd.Side) {
        switch side {
        case .client:
            perform(tracker.clientEnds())
            flush()
            if case .none = engine, !isNoting { client.close(promise: nil) }
        case .engine:
            perform(tracker.engineEnds())
            flush()
            if isHolding {
                closesAfterHolding = true
            } else {
                settleCreations()
                if tracker.isRaw { client.endOutput() } else { closeBoth() }
            }
        }
    }

    func ends(at side: ProxyEnd.Side) {
        switch side {
        case .client:
            hasClientGone = true
            clientEnd = nil
            if case .open(_, let end) = engine { end.resume() }
            closeEngineUnlessOwing()
        case .engine:
            // A client that is refused reads that first.
            if case .gone = engine { return settleUnlessHolding() }
            perform(tracker.engineEnds())
            flush()
            engine = .gone
            if isHolding { closesAfterHolding = true } else { client.closeAfterWrites() }
            settleUnlessHolding()
        }
    }

    func fails(at side: ProxyEnd.Side, _ error: any Error) {
        proxy.logger.debug("a connection to the \(side) broke: \(error)")
    }

    // MARK: What follows

    private func perform(_ actions: [ConnectionTracker.Action]) {
        client.eventLoop.assertInEventLoop()
        for action in actions {
            switch action {
            case .toEngine(let bytes): writeToEngine(bytes)
            case .toClient(let bytes):
                guard !hasClientGone else { continue }
                client.write(bytes, promise: nil)
                isFlushNeeded = true
            case .create(let bytes, let record): create(bytes, record)
            case .created(let answer): hold(answer)
            case .creationAnswered:
                settleCreations(1)
                if hasClientGone { closeEngineUnlessOwing() }
            case .endEngineInput: endEngineInput()
            case .refuse(let refusal): refuse(refusal)
            case .abort: closeBoth()
            }
        }
    }

    /// Asks the engine once it is written down that it will be asked.
    private func create(_ bytes: ByteBuffer, _ record: CreationRecord) {
        isNoting = true
        let bound = NIOLoopBound(self, eventLoop: client.eventLoop)
        proxy.note(record, on: client.eventLoop) { error in bound.value.isNoted(bytes, error) }
    }

    private func isNoted(_ bytes: ByteBuffer, _ error: (any Error)?) {
        isNoting = false
        if let error {
            proxy.logger.warning("a creation was refused, since it could not be written down: \(error)")
            settleCreations(1)
            var actions: [ConnectionTracker.Action] = []
            tracker.refuse(.unrecorded("\(error)"), &actions)
            perform(actions)
        } else {
            writeToEngine(bytes)
            if endsAfterNote { endEngineInput() }
        }
        flush()
    }

    /// The client hears of what was made once that is written down.
    private func hold(_ answer: HeldAnswer) {
        isHolding = true
        let bound = NIOLoopBound(self, eventLoop: client.eventLoop)
        proxy.note(answer, on: client.eventLoop) { bound.value.isHeld() }
    }

    private func isHeld() {
        isHolding = false
        perform(tracker.release())
        flush()
        guard closesAfterHolding else { return }
        settleCreations()
        closeBoth()
    }

    private func settleUnlessHolding() { if !isHolding { settleCreations() } }

    private func writeToEngine(_ bytes: ByteBuffer) {
        switch engine {
        case .none:
            engine = .connecting([bytes], ends: false)
            connect()
        case .connecting(let waiting, let ends): engine = .connecting(waiting + [bytes], ends: ends)
        case .open(let channel, _):
            channel.write(bytes, promise: nil)
            isFlushNeeded = true
        // The client does not know it yet, and what it asks for now nobody hears.
        case .gone: settleCreations()
        }
    }

    private func endEngineInput() {
        if isNoting {
            endsAfterNote = true
            return
        }
        switch engine {
        case .connecting(let waiting, _): engine = .connecting(waiting, ends: true)
        case .open(let channel, _): if !hasClientGone { channel.endOutput() }
        case .none, .gone: break
        }
    }

    private func connect() {
        let end = ProxyEnd(.engine, of: self)
        let bound = NIOLoopBound(end, eventLoop: client.eventLoop)
        dialer.connect(on: client.eventLoop) { try $0.pipeline.syncOperations.addHandler(bound.value) }
            .whenComplete { [self] result in
                switch result {
                case .success(let channel): opens(channel, bound.value)
                case .failure(let error): isUnreachable(error)
                }
            }
    }

    private func opens(_ channel: any Channel, _ end: ProxyEnd) {
        guard case .connecting(let waiting, let ends) = engine, proxy.register(channel) else {
            channel.close(promise: nil)
            engine = .gone
            settleCreations()
            return
        }
        engine = .open(channel, end)
        for bytes in waiting { channel.write(bytes, promise: nil) }
        channel.flush()
        if hasClientGone {
            closeEngineUnlessOwing()
        } else if ends {
            channel.endOutput()
        }
        resume()
    }

    private func isUnreachable(_ error: any Error) {
        let error = EngineFailure.unreachable(dialer.endpoint, error)
        proxy.logger.debug("\(error)")
        engine = .gone
        settleCreations()
        var actions: [ConnectionTracker.Action] = []
        tracker.refuse(.unreachable(error), &actions)
        perform(actions)
        flush()
    }

    /// - Parameter count: all of them when the engine's connection has ended.
    private func settleCreations(_ count: Int = .max) {
        for _ in 0..<min(count, owedCreations) {
            owedCreations -= 1
            proxy.creationEnds()
        }
    }

    private func refuse(_ refusal: ProxyRefusal) {
        if case .open(let channel, _) = engine {
            engine = .gone
            channel.closeAfterWrites()
        }
        client.writeAndFlush(ByteBuffer(bytes: refusal.bytes), promise: nil)
        client.endOutput()
        client.eventLoop.scheduleTask(in: ProxyConnection.lingering) { [client] in
            client.close(promise: nil)
        }
    }

    private func closeBoth() {
        client.closeAfterWrites()
        closeEngineUnlessOwing()
    }

    /// What the client has sent goes to the engine even if the client has gone; and what the engine is making has to
    /// be known to be made before its owner's things are looked for.
    private func closeEngineUnlessOwing() {
        guard owedCreations == 0, case .open(let channel, _) = engine else { return }
        channel.closeAfterWrites()
    }
}
