import StokerCore
import StokerKit

/// An answer that was found by looking, and holds as long as nothing has happened since: then it is given again
/// without reading a file or asking the engine.
struct StandingAnswer: Sendable {
    let result: WarmResult
    /// Other files that the answer depends on, and what they came to; no event tells of them.
    let buildHash: (recipe: BuildHashRecipe, hash: String)?
    /// The image's own and those that it is built on.
    let references: [String]
    /// What the references name.
    let imageIDs: [String?]
    /// Both are of before the look, so that whatever happened during it ends the answer.
    let inputs: InputLedger.Mark
    let engine: EngineEvents.Mark

    /// - Precondition: Both have been fenced since the question was asked.
    func holds(_ ledger: InputLedger, _ events: EngineEvents) -> Bool {
        ledger.mark == inputs && events.mark(for: references) == engine
    }
}
