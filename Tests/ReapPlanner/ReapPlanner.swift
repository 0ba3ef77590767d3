import Foundation
import Glibc
import StokerCore
import StokerKit

/// Plans from a recorded answer of `GET /containers/json?all=true`, for contrib/bench:
///
///     ReapPlanner FILE TIME    TIME is the engine's clock, RFC 3339
///
/// Says how many are listed and how many of them would have to be inspected.
@main
enum ReapPlanner {
    static func main() {
        do {
            let words = Array(CommandLine.arguments.dropFirst())
            guard words.count == 2, let now = try EngineTime.parse(words[1]) else {
                throw Failure(description: "see its source for how it is used")
            }
            let answer = try Data(contentsOf: URL(fileURLWithPath: words[0]))
            let listed = try ContainerFacts.listed(inAnswer: Array(answer))
            let policy = ReapPolicy()
            let fates: ReapPolicy.Fates = { _ in .unknown("nobody is asked") }
            let clocks = ReapPolicy.Now(engine: now)
            let candidates = policy.candidates(in: listed, now: clocks, fates: fates)
            let plan = policy.plan(containers: listed, now: clocks, fates: fates)
            print("\(plan.entries.count) listed, \(candidates.count) to inspect")
        } catch {
            FileHandle.standardError.write(Data("ReapPlanner: \(error)\n".utf8))
            exit(1)
        }
    }

    struct Failure: Error, CustomStringConvertible { let description: String }
}
