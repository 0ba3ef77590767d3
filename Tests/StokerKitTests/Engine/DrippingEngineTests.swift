import Glibc
import StokerCore
@testable import StokerKit
import Synchronization
import Testing

/// Engines that go on sending without ever coming to an end. The limits are wide enough for a busy machine; without a
/// limit in all each of these takes more than a minute.
@Suite(.timeLimit(.minutes(10))) struct DrippingEngineTests {
    /// A byte each millisecond.
    private static let endless = FakeEngine.Answer.drip(String(repeating: " ", count: 120_000))
    private static let limit = Duration.seconds(90)

    @Test func theShortWayGivesUpOnIt() async throws {
        try await FakeEngine.with {
            $0.line == "GET /images/a:b/json" ? Self.endless : nil
        } _: { engine, _ in
            let taken = ContinuousClock().measure {
                #expect(PromptHit.imageIDs(["a:b"], socket: engine.path) == nil)
            }
            #expect(taken < Self.limit)
        }
    }

    @Test func whoListensToItsEventsGivesUpOnIt() async throws {
        try await FakeEngine.with {
            $0.line == "GET /_ping" ? Self.endless : nil
        } _: { engine, _ in
            let taken = ContinuousClock().measure {
                #expect(EventConnection(socket: engine.path) == nil)
            }
            #expect(taken < Self.limit)
        }
    }

    /// Each question alone would have ten minutes.
    @Test func allQuestionsOfOneBudgetTogetherEndWithIt() async throws {
        try await FakeEngine.with {
            $0.resource == "/info" ? .hang("") : nil
        } _: { _, client in
            let taken = await ContinuousClock().measure {
                await AnswerBudget.$current.withValue(AnswerBudget(.milliseconds(500))) {
                    for _ in 0..<5 {
                        let error = await #expect(throws: StokerError.self) { try await client.info() }
                        #expect(error?.code == .engineUnavailable)
                        #expect(error?.cause == "it does not answer in time")
                    }
                }
            }
            #expect(taken < .seconds(600))
        }
    }

    @Test func timeInWhichSeveralAnswersAreWaitedForCountsOnce() async throws {
        let budget = AnswerBudget(.seconds(1000))
        try await withThrowingTaskGroup { group in
            for _ in 0..<20 {
                group.addTask { try await budget.spend { try await Task.sleep(for: .milliseconds(500)) } }
            }
            let taken = try await ContinuousClock().measure { try await group.waitForAll() }
            #expect(budget.left > .seconds(999) - taken)
        }
        #expect(budget.left < .seconds(1000))
    }

    @Test func workThatAsksHearsOfItsCancellation() async throws {
        let (begun, feed) = AsyncStream<Void>.makeStream()
        let task = Task {
            try await BlockingWork.run {
                feed.yield()
                while WorkCancellation.current?.isCancelled == false { usleep(1000) }
                throw StokerError(.interrupted, "it was cancelled")
            }
        }
        for await _ in begun { break }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func aValueThatDoesNotComeIsNotWaitedFor() async throws {
        let never = await promptValue(within: .milliseconds(50)) {
            while !Task.isCancelled { await Task.yield() }
            return 1
        }
        #expect(never == nil)
        #expect(await promptValue(within: .seconds(600)) { 2 } == 2)
    }
}
