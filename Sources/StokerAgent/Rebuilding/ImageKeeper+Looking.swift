import StokerCore
import StokerKit

extension ImageKeeper {
    /// What a look has found.
    struct Sight: Sendable {
        let look: Warmer.Look
        /// Of before the look; `nil` where changes may go unheard.
        let mark: InputLedger.Mark?
    }

    /// The answer that stands, if nothing has happened since it was found: no file is read, nobody is asked.
    func prompt() async -> WarmResult? {
        let started = SuspendingClock.now
        // Fenced even where there is no answer yet, as it costs next to nothing and nothing is decided before.
        let hearsAll = await senses.fence()
        senses.events.fence()
        guard hearsAll, let standing, standing.holds(senses.ledger, senses.events) else { return nil }
        var result = standing.result
        result.seconds = (SuspendingClock.now - started) / .seconds(1)
        return result
    }

    /// Looks at inputs, record and engine, and remembers what it finds for as long as nothing happens.
    func look(_ request: WarmRequest) async throws -> Sight {
        let started = SuspendingClock.now
        let hearsAll = await senses.fence()
        let mark = hearsAll ? senses.ledger.mark : nil
        senses.events.fence()
        let moment = senses.events.moment
        let look = try await warmer.look(request)
        let sight = Sight(look: look, mark: mark)
        let references = [request.image.tag] + (look.plan?.reading.bases.map(\.text) ?? [])
        engineView = (references, moment?.mark(for: references))
        guard let result = warmer.hit(request, look, since: started), let plan = look.plan else {
            return sight
        }
        if senses.ledger.covers(plan) {
            plannedFor = nil
            if let mark, let moment, look.linked.isEmpty {
                standing = StandingAnswer(
                    result: result, references: references, inputs: mark,
                    engine: moment.mark(for: references))
            }
        } else if plannedFor != plan {
            // Once for each, since nothing is won by watching the same again.
            plannedFor = plan
            senses.replan()
        }
        return sight
    }

    /// What is to be told of the image, true at the time of the question.
    func report(tag: String) async -> StatusReport.Image {
        if case .resting = machine.state, case .current = machine.verdict, await prompt() == nil {
            await lookAgain()
        }
        return story.report(name: name, tag: tag)
    }

    /// What cannot be heard has to be looked at.
    private func lookAgain() async {
        guard let request = try? settings(), let found = try? await look(request) else { return }
        if warmer.hit(request, found.look, since: .now) == nil, case .resting = machine.state {
            handle(.changed)
        }
    }
}
