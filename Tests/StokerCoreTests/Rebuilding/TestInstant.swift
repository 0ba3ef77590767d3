@testable import StokerCore

/// A moment on a clock that the test turns: milliseconds since its beginning.
struct TestInstant: InstantProtocol, ExpressibleByIntegerLiteral {
    var milliseconds: Int

    init(_ milliseconds: Int) { self.milliseconds = milliseconds }
    init(integerLiteral value: Int) { self.init(value) }

    func advanced(by duration: Duration) -> TestInstant {
        TestInstant(milliseconds + Int((duration / .milliseconds(1)).rounded()))
    }

    func duration(to other: TestInstant) -> Duration { .milliseconds(other.milliseconds - milliseconds) }

    static func < (left: TestInstant, right: TestInstant) -> Bool { left.milliseconds < right.milliseconds }
}

typealias Machine = RebuildMachine<TestInstant>
