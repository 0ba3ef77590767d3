import Foundation
@testable import StokerCore
import SystemPackage

/// Leases of a machine that there is not.
enum LeaseFixture {
    static let boot = "0d93eb9a-ddcc-463c-8666-c51d586f2df0"

    static func id(_ number: Int) -> LeaseID {
        let digits = String(number, radix: 16)
        guard let id = LeaseID(text: String(repeating: "0", count: 32 - digits.count) + digits) else {
            preconditionFailure("\(number) makes no ID")
        }
        return id
    }

    static func process(_ pid: Int32, started: UInt64 = 100) -> ProcessIdentity {
        ProcessIdentity(
            machine: String(repeating: "a", count: 64), boot: boot, pidNamespace: 1, timeNamespace: 2,
            pid: pid, started: started)
    }

    /// The clock of that machine some hours ago.
    static func awake(hours: UInt64) -> LeaseLabels.Awake {
        LeaseLabels.Awake(boot: boot, nanoseconds: (1_000 - hours) * 3_600_000_000_000)
    }

    /// Runs `body` with a folder for leases that does not exist yet.
    static func with<Value>(_ body: (FilePath) throws -> Value) throws -> Value {
        let folder = "/tmp/stoker-leases-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try body(FilePath(folder + "/leases"))
    }
}
