import Logging
import StokerCore
@testable import StokerKit
import SystemPackage

extension Reaper {
    /// Where nothing is leased.
    init(requests: any EngineRequests, policy: ReapPolicy, logger: Logger, clock: BootClock = .system) {
        self.init(
            requests: requests, policy: policy, leases: LeaseBook(folder: "/nowhere"), logger: logger,
            clock: clock)
    }
}
