import NIOCore

extension ConnectionTracker {
    /// The engine's bytes go to the client as they are; this only follows where its answers end, and holds back that to a
    /// creation which is to be written down.
    mutating func takeFromEngine(_ bytes: ByteBuffer) -> [Action] {
        var actions: [Action] = []
        if held == nil { actions.append(.toClient(bytes)) } else { held?.bytes.writeImmutableBuffer(bytes) }
        switch answer {
        case .raw: return actions
        case .last:
            bytes.withUnsafeReadableBytes { held?.body.append(contentsOf: $0) }
            giveUpIfEndless(&actions)
            return actions
        default: break
        }
        var rest = bytes
        do throws(MalformedMessage) {
            while rest.readableBytes > 0, try follow(&rest, &actions) {}
        } catch {
            // Whatever it is, no request follows that could be taken for something else.
            endWithConnection(&actions)
            letGo(&actions)
        }
        giveUpIfEndless(&actions)
        advance(&actions)
        return actions
    }

    /// The engine's connection ends: what it has said so far is all.
    mutating func engineEnds() -> [Action] {
        var actions: [Action] = []
        held?.isLast = true
        // It is being written down.
        if case .held = answer { return actions }
        if let held, case .last = answer, !held.body.isEmpty {
            answer = .held
            actions.append(.created(held))
        } else {
            letGo(&actions)
        }
        return actions
    }

    /// The answer that was held back has been written down, or cannot be.
    mutating func release() -> [Action] {
        var actions: [Action] = []
        let isLast = held?.isLast == true
        letGo(&actions)
        if isLast { answer = .last } else { endAnswer() }
        advance(&actions)
        return actions
    }

    /// The client gets what was held back, and what follows as it comes.
    private mutating func letGo(_ actions: inout [Action]) {
        guard let held else { return }
        self.held = nil
        actions.append(.creationAnswered)
        if held.bytes.readableBytes > 0 { actions.append(.toClient(held.bytes)) }
    }

    /// No engine says so much to a creation.
    private mutating func giveUpIfEndless(_ actions: inout [Action]) {
        if let held, held.body.count > HeldAnswer.limit { letGo(&actions) }
    }

    /// - Returns: whether there may be more to do.
    private mutating func follow(
        _ rest: inout ByteBuffer, _ actions: inout [Action]
    ) throws(MalformedMessage) -> Bool {
        switch answer {
        case .none:
            // It speaks unasked, as when it has waited for a request for too long, and closes then.
            endWithConnection(&actions)
            return false
        case .head(var collector, let request):
            let count = try rest.withUnsafeReadableBytes { bytes throws(MalformedMessage) in
                try collector.take(bytes)
            }
            rest.moveReaderIndex(forwardBy: count)
            answer = .head(collector, to: request)
            if collector.isWhole {
                try begin(AnswerHead(collector.bytes, to: request), to: request, &actions)
            }
        case .body(var framing):
            var content: [UInt8] = []
            let isHeld = held != nil
            let count = try rest.withUnsafeReadableBytes { bytes throws(MalformedMessage) in
                try framing.take(bytes) { if isHeld { content.append(contentsOf: $0) } }
            }
            rest.moveReaderIndex(forwardBy: count)
            held?.body += content
            if framing.isOver { finish(&actions) } else { answer = .body(framing) }
        case .held:
            // What it says unasked belongs to no request.
            return false
        case .last:
            rest.withUnsafeReadableBytes { held?.body.append(contentsOf: $0) }
            return false
        case .raw: return false
        }
        return true
    }

    private mutating func begin(_ head: AnswerHead, to request: RequestHead, _ actions: inout [Action]) {
        if head.ending == .notYet {
            answer = .head(HeadCollector(), to: request)
            return
        }
        share = nil
        if held != nil {
            held?.status = head.status
        } else if case .creation = request.purpose {
            actions.append(.creationAnswered)
        }
        switch head.ending {
        case .length(let length):
            let framing = BodyFraming(length)
            if framing.isOver { finish(&actions) } else { answer = .body(framing) }
        case .raw:
            answer = .raw
            incoming = .raw
            letGo(&actions)
        case .withConnection, .notYet: answer = .last
        }
    }

    /// The answer is whole.
    private mutating func finish(_ actions: inout [Action]) {
        guard let held else { return endAnswer() }
        answer = .held
        actions.append(.created(held))
    }

    private mutating func endAnswer() {
        answer = .none
        if case .answer = incoming { incoming = .head(HeadCollector()) }
    }

    private mutating func endWithConnection(_ actions: inout [Action]) {
        if held == nil, case .head(_, let request) = answer, case .creation = request.purpose {
            actions.append(.creationAnswered)
        }
        answer = .last
        switch incoming {
        case .head, .creation: incoming = .answer
        case .body, .answer, .raw, .closed: break
        }
    }
}
