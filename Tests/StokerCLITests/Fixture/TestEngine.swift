import Foundation
import TestSupport
import Testing

/// The real engine and the programs that the tests use, as the environment names them.
enum TestEngine {
    private static let environment = ProcessInfo.processInfo.environment

    /// `STOKER_TEST_ENGINE`: `unix:///…/docker.sock`.
    static let host = environment["STOKER_TEST_ENGINE"]
    static var isThere: Bool { host?.hasPrefix("unix:///") == true }
    static let needed: Comment =
        "needs a real engine: set STOKER_TEST_ENGINE to its unix:// address, or run contrib/test as root"

    /// The socket's path.
    static var socket: String { String((host ?? "").dropFirst("unix://".count)) }

    /// `STOKER_TEST_CLIENTS`: docker clients, each with another builder if possible.
    static let clients = (environment["STOKER_TEST_CLIENTS"] ?? "/usr/bin/docker").split(separator: ":").map(
        String.init)

    /// `STOKER_TEST_BUSYBOX`: linked statically, for images that have to run something.
    static let busybox = environment["STOKER_TEST_BUSYBOX"] ?? "/bin/busybox"

    static let isRoot = geteuid() == 0
    static let rootNeeded: Comment = "needs root: mounts or changes its user id"

    /// Where the programs lie that were built with the tests.
    static let programFolder =
        URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        .path

    /// The program under test: `STOKER_TEST_PROGRAM`, or the one that was built with the tests.
    static let program: String = environment["STOKER_TEST_PROGRAM"] ?? programFolder + "/stoker"
}

/// Lets only a few of the tests that start programs run at once: their limits of time are then those of the
/// programs, and not of the machine.
struct ProgramSlots: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    private static let slots = TestSlots(4)

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        // Called for the suite and for the test as a whole as well.
        guard testCase != nil else { return try await function() }
        try await ProgramSlots.slots.with(function)
    }
}

extension Trait where Self == ProgramSlots {
    static var programs: Self { ProgramSlots() }
}

/// Everything that runs the program whole.
@Suite(.programs) enum WholeProgram {
    /// What needs an engine.
    @Suite(.enabled(if: TestEngine.isThere, TestEngine.needed)) enum OnAnEngine {}
}
