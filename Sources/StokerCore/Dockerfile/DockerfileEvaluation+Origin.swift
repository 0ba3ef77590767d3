extension DockerfileEvaluation {
    /// What FROM names, as far as it is known before any stage is followed.
    mutating func findOrigins(of number: Int) -> [Origin] {
        let stage = plan.stages[number]
        switch expander.expand(stage.base, globals) {
        case .unknown(let reason): return [.unknown(reason)]
        case .oneOf(let values):
            // A builder that sees another value refuses the Dockerfile: the legacy one has no platform arguments, and
            // `build-$TARGETARCH` is `build-` for it.
            let origins = values.flatMap(origins)
            if !origins.isEmpty { return origins }
            let texts = values.compactMap { $0.flatMap { String(validating: $0, as: UTF8.self) } }
            let images = texts.filter { !$0.isEmpty }
            return images.isEmpty ? [.unknown("FROM names no image")] : images.map { .image($0) }
        }
    }

    /// What one value of FROM leads to; nothing for what every builder refuses.
    private func origins(_ value: [UInt8]?) -> [Origin] {
        guard let value, !value.isEmpty, let text = String(validating: value, as: UTF8.self) else {
            return []
        }
        if let other = earlier[text.lowercased()] { return [.stage(other)] }
        if text == "scratch" { return [.scratch] }
        let keys = contexts.keys(for: text)
        if !keys.isEmpty { return keys.map { .context($0) } }
        return ImageReference.isPossible(text) ? [.image(text)] : []
    }

    /// Carries out a stage.
    mutating func follow(_ number: Int) {
        let stage = plan.stages[number]
        if let words = stage.flags.doubt(texts: ["platform"]) {
            widenAll(ReadReason(line: stage.line, words: "\(words) (FROM)"))
        }
        var starts: [BuildEnvironment] = []
        var triggers: [Trigger] = []
        for origin in origins[number] {
            let (environment, more) = start(from: origin, stage)
            starts.append(environment)
            triggers += more
        }
        var environment =
            starts.count == 1
            ? starts[0] : BuildEnvironment(others: "the stage may start from several images")
        if !expander.spend(environment.count * 64) {
            environment.forget("the Dockerfile is too large to be followed")
        }
        for trigger in triggers {
            // A trigger is split with a backslash as escape and expanded with the Dockerfile's.
            let isClear = escape == UInt8(ascii: "\\") || !trigger.hasEscapes
            guard isClear, expander.spend(trigger.length + 512), let instructions = trigger.instructions
            else {
                widenAllAndBases(
                    ReadReason(
                        line: stage.line,
                        words: "an ONBUILD instruction of \(trigger.origin) has no certain meaning"))
                environment.forget("an ONBUILD instruction is not understood")
                if expander.budget == 0 { break }
                continue
            }
            for var instruction in instructions {
                instruction.line = stage.line
                let label = "ONBUILD \(instruction.label) of \(trigger.origin)"
                carryOut(instruction, label: label, stage: number, &environment)
            }
        }
        for instruction in stage.instructions {
            carryOut(instruction, label: instruction.label, stage: number, &environment)
        }
        // A context with the stage's name stands in for it; its own reads still count, to be safe.
        for key in stage.name.map(contexts.keys(for:)) ?? [] {
            _ = start(from: .context(key), stage)
            environment.forget("the stage is replaced by a build context")
        }
        environments[number] = environment
    }

    private mutating func start(
        from origin: Origin, _ stage: StagePlan.Stage
    ) -> (BuildEnvironment, [Trigger]) {
        switch origin {
        case .scratch: return (BuildEnvironment(), [])
        case .stage(let other):
            let name = plan.stages[other].name ?? "stage \(other)"
            let environment =
                environments[other] ?? BuildEnvironment(others: "the stage \(name) is not followed")
            return (environment.inherited, stageTriggers[other])
        case .image(let text): return start(fromImage: text, stage)
        case .unknown(let reason):
            widenAllAndBases(
                ReadReason(line: stage.line, words: "the base image is not certain: \(reason)"))
            return (BuildEnvironment(others: "the base image is not certain"), [])
        case .context(let key):
            switch contexts[key] {
            case .directory:
                named[key]?.add(ContextRead(components: [], line: stage.line, instruction: "FROM"))
                return (BuildEnvironment(), [])
            case .reference(let reference):
                if let image = DockerfileEvaluation.image(of: reference) {
                    return image == "scratch" ? (BuildEnvironment(), []) : start(fromImage: image, stage)
                }
                if ["https://", "http://", "git://", "git@"].contains(where: reference.hasPrefix) {
                    return (BuildEnvironment(), [])
                }
            case nil: break
            }
            let words = "the ONBUILD instructions of the build context \(key.quoted) are unknown"
            widenAll(ReadReason(line: stage.line, words: words))
            return (BuildEnvironment(others: "the base image is not known"), [])
        }
    }

    private mutating func start(
        fromImage text: String, _ stage: StagePlan.Stage
    ) -> (BuildEnvironment, [Trigger]) {
        note(base: text, line: stage.line, isFrom: true)
        guard case .present(_, let variables) = surroundings.bases[text] ?? .unknown else {
            let words =
                "the base image \(text.shown) is not in the engine's image store, so its ONBUILD instructions "
                + "are unknown"
            widenAll(ReadReason(line: stage.line, words: words))
            return (
                BuildEnvironment(others: "the base image \(text.shown) is not in the engine's image store"),
                []
            )
        }
        guard isStoresPlatform(stage) else {
            let words =
                "the base image \(text.shown) is wanted for another platform than the engine's, so its "
                + "ONBUILD instructions are unknown"
            widenAll(ReadReason(line: stage.line, words: words))
            return (BuildEnvironment(others: "the base image is for another platform"), [])
        }
        return (BuildEnvironment(image: variables), triggers(of: text))
    }

    /// What is known of an image in the store holds for the platform that the engine takes by itself.
    private mutating func isStoresPlatform(_ stage: StagePlan.Stage) -> Bool {
        var wanted = surroundings.platform
        if let written = stage.platform {
            guard case .oneOf(let values) = expander.expand(written, globals) else { return false }
            // The legacy builder refuses an empty platform or takes its own, and all refuse `linux/`.
            let set = values.compactMap { $0 }.filter { !$0.isEmpty && $0.last != UInt8(ascii: "/") }
            let platforms = Set(set.map { PlatformArguments.canonical(String(decoding: $0, as: UTF8.self)) })
            guard platforms.count <= 1 else { return false }
            if let platform = platforms.first {
                guard let platform else { return false }
                wanted = platform
            }
        }
        guard let wanted else { return true }
        guard let engine = surroundings.enginePlatform.flatMap(PlatformArguments.canonical) else {
            return false
        }
        return PlatformArguments.canonical(wanted) == engine
    }

    /// The image of a `docker-image://` context.
    static func image(of reference: String) -> String? {
        let scheme = "docker-image://"
        return reference.hasPrefix(scheme) ? String(reference.dropFirst(scheme.count)) : nil
    }
}

extension String {
    /// Harmless to a terminal, without quotes.
    var shown: String { String(quoted.dropFirst().dropLast()) }
}
