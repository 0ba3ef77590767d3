import TestSupport
import Testing

/// Lets only a few of the tests that build on the engine run at once. BuildKit fails a build that is done when it
/// cannot note it within 20 seconds, and containerd's image store waits for the disk at each step: all of them at once
/// on two cores take longer.
struct EngineSlots: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    private static let slots = TestSlots(6)

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        // Called for the suite and for the test as a whole as well.
        guard testCase != nil else { return try await function() }
        try await EngineSlots.slots.with(function)
    }
}

extension Trait where Self == EngineSlots {
    static var engineSlots: Self { EngineSlots() }
}
