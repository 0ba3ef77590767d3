import Glibc
import StokerCore
import SystemPackage

/// Takes the lock and lets it go as it is told to, and says when it had it: contrib/bench measures the time
/// from one's `drop` to the other's `take`.
struct HandOver {
    var file: String

    func run() async throws {
        var held: BuildLock?
        while let word = readLine() {
            switch word {
            case "take":
                held = try await BuildLock.acquire(
                    FilePath(file), holder: .current(command: "WarmCrowd", image: "none"),
                    timeout: .seconds(600)
                ).lock
                WarmCrowd.say(STDOUT_FILENO, "\(HandOver.now())")
            case "drop":
                let moment = HandOver.now()
                held?.release()
                held = nil
                WarmCrowd.say(STDOUT_FILENO, "\(moment)")
            default: throw WarmCrowd.Failure(description: "takes `take` or `drop`, found \(word)")
            }
        }
    }

    /// Nanoseconds on the clock that all processes share.
    private static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
