import NIOCore
@testable import StokerKit
import Testing

/// However a connection's bytes are cut into pieces, the same comes out of it.
@Suite struct RandomTalkTests {
    enum Cut: CaseIterable { case whole, bytes, pieces }

    /// Plays both sides: the engine answers a request when it has got it, the client sends without waiting.
    func play(_ talk: [TalkComposer.Exchange], _ cut: Cut, seed: UInt64) -> TrackedTalk {
        var random = TalkComposer(seed: seed)
        var tracked = TrackedTalk()
        var fromClient = Array(talk.map(\.request).joined().utf8)[...]
        var fromEngine: ArraySlice<UInt8> = []
        var answered = 0
        var expected = 0
        func size(_ left: Int, _ random: inout TalkComposer) -> Int {
            switch cut {
            case .whole: left
            case .bytes: 1
            case .pieces: min(left, random.number(1...random.number(1...200)))
            }
        }
        while true {
            if !fromClient.isEmpty, cut == .whole || random.number(1...2) == 1 {
                let piece = fromClient.prefix(size(fromClient.count, &random))
                fromClient = fromClient.dropFirst(piece.count)
                tracked.fromClient(piece)
            }
            if fromEngine.isEmpty, answered < talk.count,
                tracked.engine.utf8.count >= expected + talk[answered].answerable
            {
                expected += talk[answered].expected.utf8.count
                fromEngine = Array(talk[answered].answer.utf8)[...]
                answered += 1
            }
            if !fromEngine.isEmpty {
                let piece = fromEngine.prefix(size(fromEngine.count, &random))
                fromEngine = fromEngine.dropFirst(piece.count)
                tracked.fromEngine(piece)
            } else if fromClient.isEmpty,
                answered == talk.count || tracked.engine.utf8.count < expected + talk[answered].answerable
            {
                break
            }
        }
        return tracked
    }

    @Test(arguments: Cut.allCases)
    func whateverIsSaidComesOutTheSameInPiecesOfAnySize(cut: Cut) {
        for seed in 0..<(cut == .bytes ? 60 : 300) as Range<UInt64> {
            var composer = TalkComposer(seed: seed)
            let talk = composer.talk()
            let played = play(talk, cut, seed: seed &+ 1_000_000)
            let creations = talk.count { $0.expected.contains("Labels") }
            #expect(played.engine == talk.map(\.expected).joined(), "seed \(seed)")
            #expect(played.client == talk.map { $0.goAhead + $0.answer }.joined(), "seed \(seed)")
            #expect(played.creationsAnswered == creations, "seed \(seed)")
            #expect(played.refusal == nil && !played.isAborted, "seed \(seed)")
        }
    }

    /// Changes, drops and doubles bytes of requests: whatever is made of them, a whole creation never passes without
    /// labels, as a strict reader of the engine's bytes sees it.
    @Test func noDamageGetsACreationPast() {
        for seed in 0..<800 as Range<UInt64> {
            var composer = TalkComposer(seed: seed)
            var bytes = Array(composer.talk().map(\.request).joined().utf8)
            for _ in 0..<composer.number(1...3) where !bytes.isEmpty {
                let place = composer.number(0...(bytes.count - 1))
                switch composer.number(0...4) {
                case 0: bytes.remove(at: place)
                case 1: bytes.insert(bytes[place], at: place)
                case 2: bytes[place] = UInt8(truncatingIfNeeded: composer.number(0...255))
                case 3: bytes.insert(contentsOf: "\r\n".utf8, at: place)
                default: bytes.insert(contentsOf: "Content-Length: 3\r\n".utf8, at: place)
                }
            }
            var tracked = TrackedTalk()
            tracked.fromClient(bytes[...])
            // An answer to each that may have passed.
            for _ in 0..<8 { tracked.fromEngine(ConnectionTrackerTests.pong) }
            #expect(StrictReader.unlabelled(in: Array(tracked.engine.utf8)) == [], "seed \(seed)")
        }
    }
}
