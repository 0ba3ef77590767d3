import Foundation
import StokerCore
@testable import StokerKit
import Testing

/// Random projects, each built by Stoker and by the plain client: the images are the same, and no edit that
/// changes the builder's image goes unnoticed.
///
/// - `STOKER_FUZZ_SEED`: of the first round; each further round's is one more. Default: fixed.
/// - `STOKER_FUZZ_ROUNDS`: for each client. Default: as many as take half a minute.
@Suite(.serialized, .enabled(if: TestEngine.isThere, Comment(rawValue: TestEngine.skipped)))
struct DifferentialTests {
    private static func number(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    @Test(arguments: TestEngine.clients)
    func imagesAndDigestsAreTheBuilders(client: String) async throws {
        let seed = DifferentialTests.number("STOKER_FUZZ_SEED") ?? 1
        let rounds = DifferentialTests.number("STOKER_FUZZ_ROUNDS") ?? 10
        let builder = try await BuilderClient.detect(client)
        let bases = try await BlockingWork.run { try FuzzBases.make() }
        var tally = FuzzTally()
        let result: Result<Void, any Error>
        do {
            try await EngineClient.with(TestEngine.endpoint(), patience: .ofTests) { engine in
                for round in 0..<rounds {
                    try await DifferentialRound.run(
                        seed: seed &+ round, client: builder, bases: bases, engine: engine, tally: &tally)
                }
            }
            result = .success(())
        } catch { result = .failure(error) }
        try await BlockingWork.run { try bases.removeAll() }
        print("differential test with \(client), seed \(seed): \(tally.report)")
        for mismatch in tally.mismatches { Issue.record(Comment(rawValue: mismatch)) }
        try result.get()
        #expect(tally.built > 0, "no random Dockerfile was taken by the builder")
    }
}
