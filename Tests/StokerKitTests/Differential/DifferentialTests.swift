import Foundation
import StokerCore
@testable import StokerKit
import Testing

/// Random projects, each built by Stoker and by the plain client: the images are the same, and no edit that
/// changes the builder's image goes unnoticed.
///
/// - `STOKER_FUZZ_SEED`: of the first round; each further round's is one more. Default: fixed.
/// - `STOKER_FUZZ_ROUNDS`: for each client. Default: as many as take some seconds.
/// - `STOKER_FUZZ_JOBS`: how many rounds run beside each other. Default: 2.
@Suite(.serialized, .enabled(if: TestEngine.isThere, Comment(rawValue: TestEngine.skipped)))
struct DifferentialTests {
    private static func number(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    /// How many rounds there are between two removals of what they have made.
    private static let batch = 25

    @Test(arguments: TestEngine.clients)
    func imagesAndDigestsAreTheBuilders(client: String) async throws {
        let seed = DifferentialTests.number("STOKER_FUZZ_SEED") ?? 1
        let rounds = Int(DifferentialTests.number("STOKER_FUZZ_ROUNDS") ?? 6)
        let jobs = Int(DifferentialTests.number("STOKER_FUZZ_JOBS") ?? 2)
        let builder = try await BuilderClient.detect(client)
        let bases = try await BlockingWork.run { try FuzzBases.make() }
        var tally = FuzzTally()
        let started = ContinuousClock.now
        let result: Result<Void, any Error>
        do {
            try await EngineClient.with(TestEngine.endpoint(), patience: .ofTests) { engine in
                for first in stride(from: 0, to: rounds, by: DifferentialTests.batch) {
                    let numbers = first..<min(first + DifferentialTests.batch, rounds)
                    let seeds = numbers.map { seed &+ UInt64($0) }
                    let outcomes = await seeds.inParallel(width: jobs) {
                        seed -> Result<FuzzTally, any Error> in
                        do {
                            return .success(
                                try await DifferentialRound.run(
                                    seed: seed, client: builder, bases: bases, engine: engine))
                        } catch { return .failure(error) }
                    }
                    for case .success(let round) in outcomes { tally.add(round) }
                    for outcome in outcomes { _ = try outcome.get() }
                    // What is left after the last one goes with the bases.
                    guard numbers.upperBound < rounds else { break }
                    try await BlockingWork.run {
                        try bases.removeRounds()
                        // The builder keeps all that it was ever sent; of a few rounds it may, since other tests may
                        // count on what it has.
                        _ = try EngineSocket.ask("POST", "/build/prune?all=true")
                    }
                }
            }
            result = .success(())
        } catch { result = .failure(error) }
        try await BlockingWork.run { try bases.removeAll() }
        let elapsed = (ContinuousClock.now - started) / .seconds(1)
        print("differential test with \(client), seed \(seed): \(tally.report(elapsed: elapsed))")
        for mismatch in tally.mismatches { Issue.record(Comment(rawValue: mismatch)) }
        try result.get()
        #expect(tally.built > 0, "no random Dockerfile was taken by the builder")
    }
}
