import Glibc
import StokerCore
import SystemPackage

/// Holders of a build lock that prove each time that they are alone.
struct LockCallers {
    var file: String
    var count: Int
    var rounds: Int
    /// A folder that whoever holds the lock makes and removes again: two at once cannot both make it.
    var inside: String

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                group.addTask {
                    for round in 0..<rounds { try await hold(keepingFile: (number + round) % 5 == 0) }
                }
            }
            try await group.waitForAll()
        }
    }

    /// - Parameter keepingFile: whether it ends as a holder does that is killed.
    private func hold(keepingFile: Bool) async throws {
        let (lock, _) = try await BuildLock.acquire(
            FilePath(file), holder: .current(command: "WarmCrowd", image: "none"), timeout: .seconds(600))
        guard mkdir(inside, 0o700) == 0 else {
            throw WarmCrowd.Failure(description: "somebody else holds the lock too: \(errno)")
        }
        await Task.yield()
        let isStillOurs = lock.isStillOurs
        guard rmdir(inside) == 0, isStillOurs else {
            throw WarmCrowd.Failure(description: "the lock was lost: \(isStillOurs)")
        }
        if keepingFile { withExtendedLifetime(lock) {} } else { lock.release() }
    }
}
