import StokerCore
import StokerKit
import SystemPackage

extension ImageKeeper {
    /// The answer that stands, if nothing has happened since it was found: no file is read, and nobody is asked where
    /// the engine tells of everything by itself.
    func prompt() async -> WarmResult? {
        let started = SuspendingClock.now
        let hearsAll = await senses.fence()
        senses.events.fence()
        guard hearsAll, let standing, standing.holds(senses.ledger, senses.events) else { return nil }
        if !senses.events.tellsAll {
            guard let now = try? await warmer.imageIDs(standing.references), now == standing.imageIDs else {
                return nil
            }
        }
        if let (recipe, hash) = standing.buildHash {
            guard await warmer.hash(of: recipe) == hash else { return nil }
        }
        var result = standing.result
        result.seconds = (SuspendingClock.now - started) / .seconds(1)
        return result
    }

    /// Looks at inputs, record and engine, and remembers what it finds for as long as nothing happens.
    func look(_ request: WarmRequest) async throws -> Warmer.Look {
        let started = SuspendingClock.now
        var isSecond = false
        while true {
            let linked = linkedInputs
            let unheard = linked.isEmpty ? [:] : await senses.watchLinked(linked)
            let hearsAll = await senses.fence()
            let mark = hearsAll ? senses.ledger.mark : nil
            senses.events.fence()
            let moment = senses.events.moment
            let look = try await warmer.look(request)
            let references = [request.image.tag] + look.bases.map(\.reference)
            engineView = (references, moment?.mark(for: references))
            let hit = warmer.hit(request, look, since: started)
            guard let result = hit, let plan = look.plan, isCovered(plan) else { return look }
            linkedInputs = look.linked
            let areHeard = look.linked.allSatisfy { root, paths in
                paths.isSubset(of: linked[root] ?? []) && paths.isDisjoint(with: unheard[root] ?? [])
            }
            if areHeard, let mark, let moment {
                standing = StandingAnswer(
                    result: result, buildHash: warmer.recordedHash(request.image, look),
                    references: references,
                    imageIDs: [result.imageID] + look.bases.map(\.imageID), inputs: mark,
                    engine: moment.mark(for: references))
            }
            // Once more where inputs have been found that need watches of their own.
            if areHeard || isSecond || look.linked == linked { return look }
            isSecond = true
        }
    }

    /// Whether the watches stand around the inputs of the plan; otherwise has them moved.
    private func isCovered(_ plan: InputPlan) -> Bool {
        if senses.ledger.covers(plan) {
            plannedFor = nil
            return true
        }
        // Once for each, since nothing is won by watching the same again.
        if plannedFor != plan {
            plannedFor = plan
            senses.replan(plan)
        }
        return false
    }

    /// What is to be told of the image, true at the time of the question.
    ///
    /// - Parameter deadline: when a look is no longer waited for, such as one at a slow disk; then nothing is said of the
    ///   image's state.
    func report(tag: String, by deadline: ContinuousClock.Instant) async -> StatusReport.Image {
        var report = story.report(name: name, tag: tag)
        guard report.state == .current || report.state == .settling, case .current = machine.verdict else {
            return report
        }
        // Also where something is yet to be looked at: it may have been no change of the inputs.
        let isCurrent = await promptValue(within: ContinuousClock.now.duration(to: deadline)) {
            await self.isCurrent()
        }
        report = story.report(name: name, tag: tag)
        guard let isCurrent else {
            report.state = .unknown
            report.problem =
                report.problem ?? "looking at the files and asking the engine takes longer than a status may"
            return report
        }
        switch report.state {
        case .settling where isCurrent: report.state = .current
        case .current where !isCurrent:
            handle(.changed)
            report.state = .settling
        default: break
        }
        return report
    }

    private func isCurrent() async -> Bool {
        if await prompt() != nil { return true }
        guard let request = try? settings(), let found = try? await look(request) else { return false }
        guard let hit = warmer.hit(request, found, since: .now) else { return false }
        story.finished(hit)
        return true
    }
}
