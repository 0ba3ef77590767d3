import Testing

/// Lets only a few of the tests that build on the engine run at once. BuildKit fails a build that is done when it
/// cannot note it within 20 seconds, and containerd's image store waits for the disk at each step: all of them at once
/// on two cores take longer.
struct EngineSlots: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    private actor Slots {
        private var free = 6
        private var queue: [CheckedContinuation<Void, Never>] = []

        func take() async {
            if free > 0 {
                free -= 1
            } else {
                await withCheckedContinuation { queue.append($0) }
            }
        }

        func give() {
            if queue.isEmpty { free += 1 } else { queue.removeFirst().resume() }
        }
    }

    private static let slots = Slots()

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        // Called for the suite and for the test as a whole as well.
        guard testCase != nil else { return try await function() }
        await EngineSlots.slots.take()
        let result: Result<Void, any Error>
        do { result = .success(try await function()) } catch { result = .failure(error) }
        await EngineSlots.slots.give()
        try result.get()
    }
}

extension Trait where Self == EngineSlots {
    static var engineSlots: Self { EngineSlots() }
}
