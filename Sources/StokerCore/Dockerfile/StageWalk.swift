/// Which earlier stages a stage needs.
struct StageWalk {
    enum Needs {
        /// Any of them may be needed.
        case all
        case some([Int])
    }

    let evaluation: DockerfileEvaluation
    /// The triggers of the stage at hand.
    private var pending: [Instruction] = []
    /// Of triggers that may still be looked at: many stages may share many.
    private var budget = 500_000

    init(evaluation: DockerfileEvaluation) { self.evaluation = evaluation }

    private mutating func take(_ triggers: [Trigger]) -> Bool {
        budget -= min(budget, triggers.count)
        if budget == 0 { return false }
        for trigger in triggers { pending += trigger.instructions ?? [] }
        return true
    }

    /// - Returns: Never too few.
    mutating func needs(of number: Int) -> Needs {
        let stage = evaluation.plan.stages[number]
        var found: [Int] = []
        pending = []
        for origin in evaluation.origins[number] {
            switch origin {
            case .stage(let other):
                found.append(other)
                if !take(evaluation.stageTriggers[other]) { return .all }
            case .image(let text):
                if !take(evaluation.triggers(of: text)) { return .all }
            case .context(let key):
                guard case .reference(let reference) = evaluation.contexts[key],
                    let text = DockerfileEvaluation.image(of: reference)
                else { continue }
                if !take(evaluation.triggers(of: text)) { return .all }
            case .scratch: break
            case .unknown: return .all
            }
        }
        return needs(pending + stage.instructions, found, above: number)
    }

    private func needs(_ instructions: [Instruction], _ found: [Int], above number: Int) -> Needs {
        var found = found
        for instruction in instructions {
            for name in names(in: instruction) {
                // The legacy builder expands `--from`.
                if !WordExpansion.isPlain(name, escape: evaluation.escape) { return .all }
                let text = String(decoding: name, as: UTF8.self).lowercased()
                if let other = Int(text) {
                    found.append(other)
                } else if let last = evaluation.lastOfName[text] {
                    if last >= number {
                        return .all
                    }
                    found.append(last)
                }
            }
        }
        return .some(found.filter { $0 >= 0 })
    }

    private func names(in instruction: Instruction) -> [[UInt8]] {
        switch instruction.keyword {
        case .copy, .add: instruction.flags.values("from")
        case .run: instruction.flags.values("mount").flatMap { BindMount($0).from }
        default: []
        }
    }
}
