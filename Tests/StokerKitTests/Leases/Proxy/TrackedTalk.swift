import NIOCore
@testable import StokerKit

/// What passes a tracker, and what becomes of it.
struct TrackedTalk {
    private(set) var tracker: ConnectionTracker
    private(set) var engine = ""
    private(set) var client = ""
    private(set) var creationsAnswered = 0
    /// Answers that are held back.
    private(set) var created: [HeldAnswer] = []
    private(set) var refusal: ProxyRefusal?
    private(set) var isAborted = false
    private(set) var hasEngineInputEnded = false

    init(labels: [String: String] = ["o": "1"]) {
        tracker = ConnectionTracker { purpose in
            if case .creation = purpose { .label(labels) } else { .pass }
        }
    }

    init(admit: @escaping (RequestPurpose) -> ConnectionTracker.Admission) {
        tracker = ConnectionTracker(admit: admit)
    }

    mutating func fromClient(_ text: String) { fromClient(ArraySlice(text.utf8)) }
    mutating func fromClient(_ bytes: ArraySlice<UInt8>) {
        perform(tracker.takeFromClient(ByteBuffer(bytes: bytes)))
    }

    mutating func fromEngine(_ text: String) { fromEngine(ArraySlice(text.utf8)) }
    mutating func fromEngine(_ bytes: ArraySlice<UInt8>) {
        perform(tracker.takeFromEngine(ByteBuffer(bytes: bytes)))
    }

    mutating func clientEnds() { perform(tracker.clientEnds()) }
    mutating func engineEnds() { perform(tracker.engineEnds()) }
    mutating func release() { perform(tracker.release()) }

    private mutating func perform(_ actions: [ConnectionTracker.Action]) {
        for action in actions {
            switch action {
            case .toEngine(let bytes):
                precondition(!hasEngineInputEnded, "the engine's input has ended")
                engine += String(buffer: bytes)
            case .toClient(let bytes): client += String(buffer: bytes)
            case .create(let bytes, _): engine += String(buffer: bytes)
            case .created(let answer): created.append(answer)
            case .creationAnswered: creationsAnswered += 1
            case .endEngineInput: hasEngineInputEnded = true
            case .refuse(let refusal): self.refusal = refusal
            case .abort: isAborted = true
            }
        }
    }
}
