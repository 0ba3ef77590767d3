/// A Dockerfile as stages.
struct StagePlan {
    struct Stage {
        var line: Int
        /// What it starts from, as written.
        var base: [UInt8]
        /// In lower case.
        var name: String?
        /// `--platform`, as written.
        var platform: [UInt8]?
        var flags: InstructionFlags
        var instructions: [Instruction] = []
    }

    /// The ARG instructions before the first FROM.
    private(set) var arguments: [Instruction] = []
    private(set) var stages: [Stage] = []
    /// Which stages are wanted: one, or several where builders choose differently.
    private(set) var targets: [Int] = []

    init() {}

    /// What can be made of a Dockerfile that may be read otherwise: its last stage.
    init(readable instructions: [Instruction]) {
        for instruction in instructions { _ = append(instruction) }
        targets = Array(stages.indices.suffix(1))
    }

    /// - Throws: What no builder takes.
    init(
        _ instructions: [Instruction], of parser: DockerfileParser, target: String?
    ) throws(StokerError) {
        for instruction in instructions {
            if let words = append(instruction) { throw parser.flaw(words, line: instruction.line) }
        }
        if stages.isEmpty { throw parser.flaw("there is no FROM", line: arguments.last?.line ?? 1) }
        guard let target, !target.isEmpty else {
            targets = [stages.count - 1]
            return
        }
        // Of stages with one name BuildKit takes the last and the legacy builder the first.
        let named = stages.indices.filter { stages[$0].name == target.lowercased() }
        if let first = named.first, let last = named.last {
            targets = first == last ? [first] : [first, last]
        } else if let number = Int(target), stages.indices.contains(number) {
            targets = [number]
        } else {
            let names = stages.compactMap(\.name)
            var error = StokerError(.badInput, "\(parser.name) has no stage \(target.quoted)")
            if let meant = Suggestion.nearest(to: target, in: names) ?? names.last {
                error.nextStep = "set target to one of its stages, such as \(meant)"
            }
            throw error
        }
    }

    /// - Returns: What is wrong with it.
    private mutating func append(_ instruction: Instruction) -> String? {
        if instruction.keyword == .from {
            let words = ArgumentWords.separated(instruction.arguments)
            var stage = Stage(
                line: instruction.line, base: words.first ?? [],
                platform: instruction.flags.value("platform"),
                flags: instruction.flags)
            if words.count == 3, words[1].map(ASCII.lowercased).elementsEqual("as".utf8) {
                let name = words[2].map(ASCII.lowercased)
                guard StagePlan.isName(name) else {
                    return "\(Shown.text(words[2][...])) cannot be the name of a stage"
                }
                stage.name = String(decoding: name, as: UTF8.self)
            } else if words.count != 1 {
                return "FROM takes an image, or an image AS a name"
            }
            stages.append(stage)
        } else if !stages.isEmpty {
            stages[stages.count - 1].instructions.append(instruction)
        } else if instruction.keyword == .arg {
            arguments.append(instruction)
        } else {
            return "\(instruction.label) stands before the first FROM"
        }
        return nil
    }

    private static func isName(_ name: [UInt8]) -> Bool {
        guard let first = name.first, ASCII.isLetter(first) else { return false }
        return name.allSatisfy { ASCII.isLetterOrDigit($0) || "-_.".utf8.contains($0) }
    }
}
