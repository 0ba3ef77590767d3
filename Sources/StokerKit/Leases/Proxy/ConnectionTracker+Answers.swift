import NIOCore

extension ConnectionTracker {
    /// The engine's bytes always go to the client as they are; this only follows where its answers end.
    mutating func takeFromEngine(_ bytes: ByteBuffer) -> [Action] {
        var actions: [Action] = [.toClient(bytes)]
        switch answer {
        case .raw, .last: return actions
        default: break
        }
        var rest = bytes
        do throws(MalformedMessage) {
            while rest.readableBytes > 0, try follow(&rest, &actions) {}
        } catch {
            // Whatever it is, no request follows that could be taken for something else.
            endWithConnection(&actions)
        }
        advance(&actions)
        return actions
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
            let count = try rest.withUnsafeReadableBytes { bytes throws(MalformedMessage) in
                try framing.take(bytes)
            }
            rest.moveReaderIndex(forwardBy: count)
            if framing.isOver { endAnswer() } else { answer = .body(framing) }
        case .raw, .last: return false
        }
        return true
    }

    private mutating func begin(_ head: AnswerHead, to request: RequestHead, _ actions: inout [Action]) {
        if head.ending == .notYet {
            answer = .head(HeadCollector(), to: request)
            return
        }
        if case .creation = request.purpose { actions.append(.creationAnswered) }
        switch head.ending {
        case .length(let length):
            let framing = BodyFraming(length)
            if framing.isOver { endAnswer() } else { answer = .body(framing) }
        case .raw:
            answer = .raw
            incoming = .raw
        case .withConnection, .notYet: answer = .last
        }
    }

    private mutating func endAnswer() {
        answer = .none
        if case .answer = incoming { incoming = .head(HeadCollector()) }
    }

    private mutating func endWithConnection(_ actions: inout [Action]) {
        if case .head(_, let request) = answer, case .creation = request.purpose {
            actions.append(.creationAnswered)
        }
        answer = .last
        switch incoming {
        case .head, .creation: incoming = .answer
        case .body, .answer, .raw, .closed: break
        }
    }
}
