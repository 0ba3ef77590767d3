import Foundation
import Glibc
import StokerCore

/// Several callers in one process, as a test suite with threads has them. For tests and contrib/bench:
///
///     WarmCrowd warm FOLDER COUNT ROUNDS [NUMBER]    COUNT warmers at once, each ROUNDS times
///     WarmCrowd lock FILE COUNT ROUNDS INSIDE        COUNT holders of a build lock, each ROUNDS times
///     WarmCrowd hold FILE                            one that holds the lock until its input ends, again and again
@main
enum WarmCrowd {
    static func main() async {
        let words = Array(CommandLine.arguments.dropFirst())
        do {
            switch (words.first, words.count) {
            case ("warm", 4...5):
                try await WarmCallers(
                    folder: words[1], count: number(words[2]), rounds: number(words[3]),
                    numberFile: words.count == 5 ? words[4] : nil
                ).run()
            case ("lock", 5):
                try await LockCallers(
                    file: words[1], count: number(words[2]), rounds: number(words[3]), inside: words[4]
                ).run()
            case ("hold", 2): try await HandOver(file: words[1]).run()
            default: throw Failure(description: "see its source for how it is used")
            }
        } catch {
            say(STDERR_FILENO, "WarmCrowd: \(error)")
            exit(1)
        }
    }

    struct Failure: Error, CustomStringConvertible { let description: String }

    private static func number(_ word: String) throws -> Int {
        guard let number = Int(word), number > 0 else { throw Failure(description: "no number: \(word)") }
        return number
    }

    /// One line, in one call, so that those of several callers do not mix.
    static func say(_ descriptor: Int32, _ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = write(descriptor, bytes, bytes.count)
    }
}
