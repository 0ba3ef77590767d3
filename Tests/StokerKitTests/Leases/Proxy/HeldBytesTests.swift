import NIOCore
@testable import StokerKit
import Testing

/// What many connections hold together while their creations are not answered.
@Suite struct HeldBytesTests {
    private static let mebibyte = 1 << 20

    private func tracker(_ all: HeldBytes) -> ConnectionTracker {
        ConnectionTracker(heldBytes: all) { purpose in
            if case .creation = purpose { .label([:]) } else { .pass }
        }
    }

    /// A body of `size` bytes, all but `missing` of them.
    private func creation(_ size: Int, missing: Int = 0) -> ByteBuffer {
        let head = "POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Length: \(size)\r\n\r\n"
        return ByteBuffer(string: head + String(repeating: "x", count: size - missing))
    }

    private func refusal(_ actions: [ConnectionTracker.Action]) -> ProxyRefusal? {
        actions.lazy.compactMap { if case .refuse(let refusal) = $0 { refusal } else { nil } }.first
    }

    @Test func `what is too much together is refused, and is taken when others are answered`() {
        let all = HeldBytes()
        var trackers = (0..<200).map { _ in tracker(all) }
        var refused: Set<Int> = []
        for index in trackers.indices {
            if let refusal = refusal(trackers[index].takeFromClient(creation(3 * Self.mebibyte, missing: 1)))
            {
                #expect(refusal == .tooMuchAtOnce)
                refused.insert(index)
            }
        }
        #expect(refused.count == 200 - HeldBytes.limit / (3 * Self.mebibyte - HeldBytes.ownLimit))

        // The engine has the first one whole, and still counts until it answers.
        _ = trackers[0].takeFromClient(ByteBuffer(string: "x"))
        var late = tracker(all)
        #expect(refusal(late.takeFromClient(creation(3 * Self.mebibyte))) == .tooMuchAtOnce)
        _ = trackers[0].takeFromEngine(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n"))
        late = tracker(all)
        #expect(refusal(late.takeFromClient(creation(3 * Self.mebibyte))) == .tooMuchAtOnce)
        _ = trackers[0].takeFromEngine(ByteBuffer(string: ConnectionTrackerTests.created))
        late = tracker(all)
        #expect(refusal(late.takeFromClient(creation(3 * Self.mebibyte))) == nil)

        // Connections that have ended hold nothing.
        trackers = []
        for _ in 0..<20 {
            trackers.append(tracker(all))
            #expect(refusal(trackers[trackers.count - 1].takeFromClient(creation(3 * Self.mebibyte))) == nil)
        }
    }

    @Test func `a usual creation has room whoever holds much`() {
        let all = HeldBytes()
        var greedy: [ConnectionTracker] = []
        var isFull = false
        while !isFull {
            greedy.append(tracker(all))
            let actions = greedy[greedy.count - 1].takeFromClient(creation(16 * Self.mebibyte, missing: 1))
            isFull = refusal(actions) != nil
        }
        #expect(greedy.count == 5)
        var usual = tracker(all)
        let actions = usual.takeFromClient(creation(HeldBytes.ownLimit))
        #expect(refusal(actions) == nil)
        #expect(actions.contains { if case .toEngine = $0 { true } else { false } })
    }

    @Test func `what is announced and does not come takes no room`() {
        let all = HeldBytes()
        var silent = (0..<1000).map { _ in tracker(all) }
        for index in silent.indices {
            let actions = silent[index].takeFromClient(
                creation(16 * Self.mebibyte, missing: 16 * Self.mebibyte))
            #expect(actions.isEmpty)
        }
        var other = tracker(all)
        #expect(refusal(other.takeFromClient(creation(16 * Self.mebibyte))) == nil)
    }
}
