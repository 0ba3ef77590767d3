import Foundation
import StokerCore
@testable import StokerKit

/// Some random images and some edits of them, each built both ways.
struct DifferentialRound {
    /// What was seen of an image when it was last looked at.
    private struct Seen {
        var vouched: FuzzScene.Vouched?
        var outcome: PlainBuild.Outcome
        /// Whether something that it builds on has changed since.
        var isOutdated = false
    }

    private let world: FuzzWorld
    private let seed: UInt64
    private var random: FuzzRandom
    private var seen: [Int: Seen] = [:]
    private var tally = FuzzTally()

    /// How many edits are made where the first build succeeds.
    private static let edits = 6

    /// Leaves its images on the engine, for `FuzzBases.removeRounds`.
    static func run(
        seed: UInt64, client: BuilderClient, bases: FuzzBases, engine: EngineClient
    ) async throws -> FuzzTally {
        let started = ContinuousClock.now
        var random = FuzzRandom(seed: seed)
        let world = try await FuzzWorld(client, bases, engine: engine, &random)
        var round = DifferentialRound(world: world, seed: seed, random: random)
        try await round.run()
        round.tally.rounds = 1
        round.tally.seconds = (ContinuousClock.now - started) / .seconds(1)
        return round.tally
    }

    private init(world: FuzzWorld, seed: UInt64, random: FuzzRandom) {
        (self.world, self.seed, self.random) = (world, seed, random)
    }

    /// Ends with the first mismatch: what comes after it follows from it.
    private mutating func run() async throws {
        if random.chance(1, in: 2) { try await warmAllAtOnce() }
        for number in world.scenes.indices {
            try await look(number, after: nil, isWarmed: true)
            if !tally.mismatches.isEmpty { return }
        }
        let built = world.scenes.indices.filter { seen[$0]?.outcome.content != nil }
        for _ in 0..<(built.isEmpty ? 1 : DifferentialRound.edits) {
            guard let number = random.pick(built.isEmpty ? Array(world.scenes.indices) : built),
                let edit = random.pick(FuzzEdit.drawn),
                try await world.scenes[number].apply(edit, &random)
            else { continue }
            if edit == .retag { for other in seen.keys { seen[other]?.isOutdated = true } }
            try await look(number, after: edit, isWarmed: edit.keepsSizeAndTime || random.chance(2, in: 3))
            if !tally.mismatches.isEmpty { return }
        }
        for number in built {
            try await askAgain(number)
            if !tally.mismatches.isEmpty { return }
        }
    }

    /// As agents and tests of several projects ask. What comes of it is seen when each is looked at.
    private func warmAllAtOnce() async throws {
        await withTaskGroup { group in
            for scene in world.scenes {
                group.addTask { _ = try? await scene.warm(isNewProcess: false) }
            }
        }
    }

    /// What is wrong, with all that it takes to see it.
    private func mismatch(_ number: Int, _ step: String, _ words: [String]) -> String {
        """
        MISMATCH at \(step): \(words.prefix(12).joined(separator: "\n  "))
        to repeat it: STOKER_FUZZ_SEED=\(seed) STOKER_FUZZ_ROUNDS=1 STOKER_TEST_CLIENTS=\(world.client.program)
        image \(number + 1) of \(world.scenes.count): \(world.scenes[number].story)
        """
    }

    // MARK: Looking

    /// Stoker comes first, so that its build takes nothing from the plain one, which never uses a cache.
    private mutating func look(_ number: Int, after edit: FuzzEdit?, isWarmed: Bool) async throws {
        let scene = world.scenes[number]
        let step = edit.map { "edit: \($0.rawValue)" } ?? "first build"
        var vouched: FuzzScene.Vouched?
        var complaint = ""
        do { vouched = try await scene.look() } catch {
            complaint = "\(error)"
            if error is TestEngine.Failure { tally.note(mismatch(number, step, [complaint])) }
        }
        var (warm, refusal) = isWarmed ? try await warmed(number, vouched, step) : (nil, nil)
        var outcome = try await scene.plainBuild()
        // An engine under load may fail for reasons of its own: whichever of the two has failed tries again.
        if warm != nil, case .refused = outcome { outcome = try await scene.plainBuild() }
        if refusal != nil, outcome.content != nil {
            (warm, refusal) = try await warmed(number, vouched, step)
        }
        complaint = refusal ?? complaint
        switch outcome {
        case .image(let plain):
            tally.built += 1
            tally.note(scene.features.union(world.features))
            if vouched == nil || (isWarmed && warm == nil) {
                tally.note(
                    mismatch(number, step, ["the builder builds it, Stoker does not: \(complaint)"]))
            }
            if let warm { compare(number, warm, plain, isFirst: edit == nil, step) }
        case .refused(let words):
            tally.refused += 1
            guard let warm else { break }
            // BuildKit takes `COPY file/*`, which it refuses if it has to carry it out, from the cache of a build that
            // was sent the file for another step.
            if let cached = try await scene.plainBuild(usesCache: true).content {
                compare(number, warm, cached, isFirst: false, step)
            } else {
                tally.note(mismatch(number, step, ["Stoker builds it, the builder does not: \(words)"]))
            }
        }
        if let edit { compare(number, edit, vouched, outcome, step) }
        seen[number] = Seen(vouched: vouched, outcome: outcome)
    }

    /// - Returns: The image, or in words why there is none.
    private mutating func warmed(
        _ number: Int, _ vouched: FuzzScene.Vouched?, _ step: String
    ) async throws -> (content: ImageContent?, refusal: String?) {
        do {
            let (digest, content) = try await world.scenes[number].warm(
                isNewProcess: random.chance(1, in: 2))
            tally.warmed += 1
            if digest != vouched?.digest.description {
                let looked = vouched?.digest.description ?? "nothing"
                let words = "warm has built \(digest), the look said \(looked)"
                tally.note(mismatch(number, step, [words]))
            }
            return (content, nil)
        } catch let refusal as Warmer.BuildRefusal {
            return (nil, refusal.error.cause ?? refusal.error.message)
        } catch let error as StokerError where error.code == .badInput {
            return (nil, "\(error)")
        }
    }

    /// The image must still be that of its files, whatever was edited and built of the others.
    private mutating func askAgain(_ number: Int) async throws {
        guard let before = seen[number], !before.isOutdated, let plain = before.outcome.content else {
            return
        }
        tally.askedAgain += 1
        let (warm, refusal) = try await warmed(number, before.vouched, "asking again")
        if let warm {
            compare(number, warm, plain, isFirst: false, "asking again")
        } else {
            tally.note(mismatch(number, "asking again", ["Stoker builds it no more: \(refusal ?? "")"]))
        }
    }

    // MARK: Comparing

    private mutating func compare(
        _ number: Int, _ warm: ImageContent, _ plain: ImageContent, isFirst: Bool, _ step: String
    ) {
        let scene = world.scenes[number]
        var words = scene.withoutItsOwnFiles(warm).differences(from: scene.withoutItsOwnFiles(plain))
        // Later on the builder may take a layer from its cache, whose key has no times in it; and a snapshot
        // gives new times where a builder would be blind. So it may with the layer of a twin.
        if isFirst, !scene.isTwin { words += warm.timeDifferences(from: plain, before: scene.started) }
        if words.isEmpty { return }
        tally.note(mismatch(number, step, ["Stoker's image is another one:"] + words))
    }

    /// Nothing that changes the image may go unnoticed.
    private mutating func compare(
        _ number: Int, _ edit: FuzzEdit, _ vouched: FuzzScene.Vouched?, _ outcome: PlainBuild.Outcome,
        _ step: String
    ) {
        guard let before = seen[number] else { return }
        let scene = world.scenes[number]
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
        tally.note(mismatch(number, step, ["the image changed and nothing noticed:"] + words))
    }
}
