extension DockerfileEvaluation {
    /// RUN, which reads by its mounts alone.
    mutating func mount(
        _ instruction: Instruction, label: String, stage: Int, _ environment: BuildEnvironment
    ) {
        let line = instruction.line
        if let words = instruction.flags.doubt(texts: ["network", "security"], lists: ["mount", "device"]) {
            return widenAllAndBases(ReadReason(line: line, words: "\(words) (\(label))"))
        }
        for written in instruction.flags.values("mount") {
            let mount = BindMount(written)
            if let words = mount.doubt { return widenAllAndBases(ReadReason(line: line, words: words)) }
            read(
                mount, label: label.replacing("RUN", with: "RUN --mount"), line: line, stage: stage,
                environment)
        }
    }

    private mutating func read(
        _ mount: BindMount, label: String, line: Int, stage: Int, _ environment: BuildEnvironment
    ) {
        let from = mount.from.first ?? []
        switch mount.kind {
        case .other: return
        case .cache: if from.isEmpty { return }
        case .bind: break
        case .unknown:
            let words = "the type \(Shown.text((mount.types.first ?? [])[...])) of a mount is not known"
            return widenAllAndBases(ReadReason(line: line, words: words))
        }
        let places = places(of: from, isMount: true, line: line, stage: stage, environment)
        if places == [.elsewhere] { return }
        let source = mount.sources.first ?? []
        // Older front ends take the source as it stands, newer ones expand it.
        var sources: PossibleValue = .certain(source)
        if !WordExpansion.isPlain(source, escape: escape) {
            sources = sources.or(expander.expand(source, environment))
        }
        switch sources {
        case .unknown(let reason):
            let words = "the source \(Shown.text(source[...])) of \(label) is not certain: \(reason)"
            for place in places { widen(place, ReadReason(line: line, words: words)) }
        case .oneOf(let values):
            for value in values.compactMap({ $0 }) {
                let components = SourcePath.components(value, isPattern: false) ?? []
                for place in places {
                    add(ContextRead(components: components, line: line, instruction: label), to: place)
                }
            }
        }
    }
}
