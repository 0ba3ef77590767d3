@testable import StokerKit
import Synchronization

/// Nobody waits by it: whoever sleeps makes it later.
final class SleeplessClock: Sendable {
    private let elapsed = Mutex(Duration.seconds(1000))

    var now: Duration { elapsed.withLock { $0 } }
    func pass(_ duration: Duration) { elapsed.withLock { $0 += duration } }

    var clock: BootClock {
        BootClock { [self] in
            now
        } sleep: { [self] in
            pass($0)
        }
    }
}
