import NIOCore
import StokerCore

/// Finds the requests and answers in the bytes of one connection, and decides what goes to whom.
///
/// One request at a time, as engines read them: the next one is looked at when the answer to the one before is
/// over, so that it is known by then whether it is a request at all or belongs to a stream (an attach, an exec, a
/// build session) that the answer has begun. What comes earlier waits.
struct ConnectionTracker {
    enum Action: Equatable {
        case toEngine(ByteBuffer)
        case toClient(ByteBuffer)
        /// The engine has begun to answer a creation: what it makes, it has made.
        case creationAnswered
        /// A creation that is to be written down before the engine hears of it.
        case create(ByteBuffer, CreationRecord)
        /// Its answer, to be written down before the client hears of it; then `release` goes on.
        case created(HeldAnswer)
        /// The client sends nothing more, and all that it has sent went to the engine.
        case endEngineInput
        /// Answers the client, and ends both connections.
        case refuse(ProxyRefusal)
        /// Ends both connections, as the answer has begun already.
        case abort
    }

    enum Admission {
        case pass
        /// What is made gets these.
        case label([String: String])
        /// The same, and it is written down.
        case record([String: String], CreationRecord)
        case refuse(ProxyRefusal)
    }

    enum Incoming {
        case head(HeadCollector)
        case body(BodyFraming)
        case creation(HeldCreation)
        /// The request is whole, and its answer is not.
        case answer
        case raw
        /// Nothing that comes further goes to the engine.
        case closed
    }

    enum Answer {
        /// There is no request to answer.
        case none
        case head(HeadCollector, to: RequestHead)
        case body(BodyFraming)
        case raw
        /// All that comes up to the connection's end.
        case last
        /// It is whole and held back, as `held`.
        case held
    }

    private let admit: (RequestPurpose) -> Admission
    var incoming = Incoming.head(HeadCollector())
    var answer = Answer.none
    /// The answer to a creation that a journal knows of, until the client gets it.
    var held: HeldAnswer?
    /// From the client, not looked at yet.
    var pending = ByteBuffer()
    private let heldBytes: HeldBytes
    /// Of the creation that the engine has not begun to answer.
    var share: HeldBytes.Share?
    private var hasClientEnded = false
    private var hasEndedEngineInput = false

    /// Bytes that wait for an answer's end.
    private static let pendingLimit = 64 << 10

    /// - Parameters:
    ///   - heldBytes: is shared by all connections of a proxy.
    ///   - admit: is asked once for each request that would go to the engine, for a creation when it is whole.
    init(heldBytes: HeldBytes = HeldBytes(), admit: @escaping (RequestPurpose) -> Admission) {
        self.heldBytes = heldBytes
        self.admit = admit
    }

    var takesClientBytes: Bool { pending.readableBytes < ConnectionTracker.pendingLimit }

    /// Whether HTTP is over, and each direction ends for itself.
    var isRaw: Bool { if case .raw = incoming { true } else { false } }

    mutating func takeFromClient(_ bytes: ByteBuffer) -> [Action] {
        var actions: [Action] = []
        if case .raw = incoming { return [.toEngine(bytes)] }
        pending.append(bytes)
        advance(&actions)
        return actions
    }

    mutating func clientEnds() -> [Action] {
        var actions: [Action] = []
        hasClientEnded = true
        advance(&actions)
        return actions
    }

    /// Takes apart what has come from the client, as far as its turn has come.
    mutating func advance(_ actions: inout [Action]) {
        do throws(ProxyRefusal) {
            while pending.readableBytes > 0, try step(&actions) {}
        } catch {
            refuse(error, &actions)
        }
        if pending.readableBytes == 0 { pending.clear() }
        guard hasClientEnded, !hasEndedEngineInput else { return }
        let nothingFollows = if case .last = answer { true } else { pending.readableBytes == 0 }
        if nothingFollows {
            hasEndedEngineInput = true
            actions.append(.endEngineInput)
        }
    }

    mutating func refuse(_ refusal: ProxyRefusal, _ actions: inout [Action]) {
        incoming = .closed
        pending.clear()
        held = nil
        share = nil
        switch answer {
        case .none: actions.append(.refuse(refusal))
        case .head(let collector, _) where collector.bytes.isEmpty: actions.append(.refuse(refusal))
        default: actions.append(.abort)
        }
        answer = .last
    }

    /// - Returns: whether there may be more to do.
    private mutating func step(_ actions: inout [Action]) throws(ProxyRefusal) -> Bool {
        // Taken out, so that what it holds is not copied when it grows.
        var current = Incoming.closed
        swap(&current, &incoming)
        switch consume current {
        case .head(var collector):
            try take { bytes throws(MalformedMessage) in try collector.take(bytes) }
            guard collector.isWhole else {
                incoming = .head(collector)
                return false
            }
            let request: RequestHead
            do { request = try RequestHead(collector.bytes) } catch { throw .malformed(error) }
            try begin(request, &actions)
        case .body(var framing):
            let start = pending
            let count = try take { bytes throws(MalformedMessage) in try framing.take(bytes) }
            // The bytes are there, or they would not have been taken.
            actions.append(.toEngine(start.getSlice(at: start.readerIndex, length: count)!))
            if framing.isOver { endRequest() } else { incoming = .body(framing) }
        case .creation(var creation):
            let count = try pending.withUnsafeReadableBytes { bytes throws(ProxyRefusal) in
                try creation.take(bytes)
            }
            pending.moveReaderIndex(forwardBy: count)
            if creation.isWhole { try send(creation, &actions) } else { incoming = .creation(creation) }
        case .answer:
            incoming = .answer
            return false
        case .raw:
            incoming = .raw
            actions.append(.toEngine(pending))
            pending = ByteBuffer()
        case .closed: pending.clear()
        }
        return true
    }

    @discardableResult
    private mutating func take(
        _ reader: (UnsafeRawBufferPointer) throws(MalformedMessage) -> Int
    ) throws(ProxyRefusal) -> Int {
        do {
            let count = try pending.withUnsafeReadableBytes { bytes throws(MalformedMessage) in
                try reader(bytes)
            }
            pending.moveReaderIndex(forwardBy: count)
            return count
        } catch { throw .malformed(error) }
    }

    private mutating func begin(_ request: RequestHead, _ actions: inout [Action]) throws(ProxyRefusal) {
        if case .creation(let kind) = request.purpose {
            let creation = try HeldCreation(request, kind, in: heldBytes)
            if creation.isWhole {
                try send(creation, &actions)
                return
            }
            if request.expectation == .goAhead, !request.isVersion10 {
                actions.append(.toClient(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")))
            }
            incoming = .creation(creation)
            return
        }
        if case .refuse(let refusal) = admit(request.purpose) { throw refusal }
        actions.append(.toEngine(ByteBuffer(bytes: request.head.bytes)))
        answer = .head(HeadCollector(), to: request)
        let framing = BodyFraming(request.length)
        if framing.isOver { endRequest() } else { incoming = .body(framing) }
    }

    private mutating func send(_ creation: HeldCreation, _ actions: inout [Action]) throws(ProxyRefusal) {
        let (head, body): ([UInt8], [UInt8])
        switch admit(creation.request.purpose) {
        case .refuse(let refusal): throw refusal
        case .pass: (head, body) = creation.labelled([:])
        case .label(let labels): (head, body) = creation.labelled(labels)
        case .record(let labels, let record):
            (head, body) = creation.labelled(labels)
            held = HeldAnswer(to: record)
        }
        var bytes = ByteBuffer(bytes: head)
        bytes.writeBytes(body)
        if let held {
            actions.append(.create(bytes, held.record))
        } else {
            actions.append(.toEngine(bytes))
        }
        share = creation.share
        answer = .head(HeadCollector(), to: creation.request)
        endRequest()
    }

    private mutating func endRequest() {
        if case .none = answer { incoming = .head(HeadCollector()) } else { incoming = .answer }
    }
}

extension ByteBuffer {
    /// Without copying where this one is empty.
    mutating func append(_ other: ByteBuffer) {
        if readableBytes == 0 { self = other } else { writeImmutableBuffer(other) }
    }
}
