import Foundation
import StokerCore
@testable import StokerKit

/// One random project and some edits of it, built both ways after each.
struct DifferentialRound {
    let scene: FuzzScene
    let seed: UInt64
    private var random: FuzzRandom
    private var before: (vouched: FuzzScene.Vouched?, outcome: PlainBuild.Outcome)?

    /// What is wrong, with all that it takes to see it.
    private func mismatch(_ step: String, _ words: String) -> String {
        """
        MISMATCH at \(step): \(words)
        to repeat it: STOKER_FUZZ_SEED=\(seed) STOKER_FUZZ_ROUNDS=1 STOKER_TEST_CLIENTS=\(scene.client.program)
        \(scene.story)
        """
    }

    static func run(
        seed: UInt64, client: BuilderClient, bases: FuzzBases, engine: EngineClient, tally: inout FuzzTally
    ) async throws {
        var random = FuzzRandom(seed: seed)
        let scene = try await FuzzScene(client, bases, engine: engine, &random)
        var round = DifferentialRound(scene: scene, seed: seed, random: random)
        tally.rounds += 1
        try await round.look(after: nil, isWarmed: true, isFirst: true, &tally)
        let isBuilt = round.before?.outcome.content != nil
        for _ in 0..<(isBuilt ? 3 : 1) {
            guard let edit = round.random.pick(FuzzEdit.allCases),
                try await scene.apply(edit, &round.random)
            else { continue }
            let isWarmed = round.random.chance(1, in: 2)
            try await round.look(after: edit, isWarmed: isWarmed, isFirst: false, &tally)
        }
    }

    private init(scene: FuzzScene, seed: UInt64, random: FuzzRandom) {
        (self.scene, self.seed, self.random) = (scene, seed, random)
    }

    /// Twice where it is refused, since an engine under load may fail for reasons of its own.
    private func plainBuild() async throws -> PlainBuild.Outcome {
        let first = try await scene.plainBuild()
        guard case .refused = first else { return first }
        return try await scene.plainBuild()
    }

    /// Twice where it is refused, as the plain build.
    private func warmed(isNewProcess: Bool) async throws -> (digest: String, content: ImageContent) {
        do {
            return try await scene.warm(isNewProcess: isNewProcess)
        } catch is Warmer.BuildRefusal {
            return try await scene.warm(isNewProcess: isNewProcess)
        }
    }

    /// Stoker comes first, so that its build takes nothing from the plain one, which never uses a cache.
    private mutating func look(
        after edit: FuzzEdit?, isWarmed: Bool, isFirst: Bool, _ tally: inout FuzzTally
    ) async throws {
        let step = edit.map { "edit: \($0.rawValue)" } ?? "first build"
        var vouched: FuzzScene.Vouched?
        var complaint = ""
        do { vouched = try await scene.look() } catch {
            complaint = "\(error)"
            if error is TestEngine.Failure { tally.note(mismatch(step, complaint)) }
        }
        var warm: ImageContent?
        if isWarmed {
            do {
                let (digest, content) = try await warmed(isNewProcess: random.chance(1, in: 2))
                warm = content
                tally.warmed += 1
                if digest != vouched?.digest.description {
                    let words =
                        "warm has built \(digest), the look said \(vouched?.digest.description ?? complaint)"
                    tally.note(mismatch(step, words))
                }
            } catch let refusal as Warmer.BuildRefusal {
                complaint = refusal.error.cause ?? refusal.error.message
            } catch let error as StokerError where error.code == .badInput {
                complaint = "\(error)"
            }
        }
        let outcome = try await plainBuild()
        switch outcome {
        case .image(let plain):
            tally.built += 1
            if vouched == nil || (isWarmed && warm == nil) {
                tally.note(mismatch(step, "the builder builds it, Stoker does not: \(complaint)"))
            }
            if let warm { compare(warm, plain, isFirst: isFirst, step, &tally) }
        case .refused(let words):
            tally.refused += 1
            if warm != nil {
                tally.note(mismatch(step, "Stoker builds it, the builder does not: \(words)"))
            }
        }
        if let edit { compare(edit, vouched, outcome, step, &tally) }
        before = (vouched, outcome)
    }

    private func compare(
        _ warm: ImageContent, _ plain: ImageContent, isFirst: Bool, _ step: String, _ tally: inout FuzzTally
    ) {
        var words = scene.withoutItsOwnFiles(warm).differences(from: scene.withoutItsOwnFiles(plain))
        // Later on the builder may take a layer from its cache, whose key has no times in it; and a snapshot
        // gives new times where a builder would be blind.
        if isFirst { words += warm.timeDifferences(from: plain, before: scene.started) }
        if words.isEmpty { return }
        tally.note(
            mismatch(step, "Stoker's image is another one:\n  " + words.prefix(12).joined(separator: "\n  ")))
    }

    /// Nothing that changes the image may go unnoticed.
    private func compare(
        _ edit: FuzzEdit, _ vouched: FuzzScene.Vouched?, _ outcome: PlainBuild.Outcome, _ step: String,
        _ tally: inout FuzzTally
    ) {
        guard let before else { return }
        let isNoticed = vouched == nil || vouched != before.vouched
        var words: [String] = []
        switch (before.outcome, outcome) {
        case (.image(let old), .image(let new)):
            words = scene.withoutItsOwnFiles(new).differences(from: scene.withoutItsOwnFiles(old))
        case (.refused(let reason), .image):
            // A build that failed is not repeated for the same inputs. The legacy builder also carries out
            // stages that the image does not need, whose files are none.
            if !scene.isLegacy { words = ["the builder refused it before: \(reason)"] }
        // There is no image that could be wrong.
        case (_, .refused): break
        }
        tally.note(edit, isNoticed: isNoticed, isNeeded: !words.isEmpty)
        if isNoticed || words.isEmpty { return }
        tally.note(
            mismatch(
                step,
                "the image changed and nothing noticed:\n  " + words.prefix(12).joined(separator: "\n  ")))
    }
}

extension FuzzScene {
    /// Without what no two builds have alike: the legacy builder's client puts a Dockerfile from outside the
    /// context into it under a random name, and that name into the ignore file.
    func withoutItsOwnFiles(_ content: ImageContent) -> ImageContent {
        guard isLegacy, dockerfile.place == .outside else { return content }
        var content = content
        for path in content.entries.keys {
            let name = BytePath(bytes: path).name
            if name.elementsEqual(".dockerignore".utf8) || name.starts(with: ".dockerfile.".utf8) {
                content.entries[path] = nil
            }
        }
        return content
    }
}
