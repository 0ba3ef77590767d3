@testable import StokerKit
import SystemPackage
import TestSupport

/// The locks that a program takes and leaves.
enum FileLock {
    /// Whether it is let go, in minutes at most. Its last holder may be a child that another test is just
    /// beginning, which has our descriptors until it runs its program: so it is waited for, in the kernel.
    static func isLetGo(_ path: FilePath) async throws -> Bool {
        try await BlockingWork.run {
            try Command("flock", "--timeout", "300", path.string, "true").status == 0
        }
    }
}
