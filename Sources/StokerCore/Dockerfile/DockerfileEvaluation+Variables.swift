extension DockerfileEvaluation {
    mutating func carryOut(
        _ instruction: Instruction, label: String, stage: Int, _ environment: inout BuildEnvironment
    ) {
        switch instruction.keyword {
        case .arg: define(instruction, in: &environment)
        case .env: set(instruction, in: &environment)
        case .copy, .add: copy(instruction, label: label, stage: stage, environment)
        case .run: mount(instruction, label: label, stage: stage, environment)
        case .onbuild:
            if !instruction.flags.isEmpty {
                widenAll(ReadReason(line: instruction.line, words: "ONBUILD has flags"))
            }
        case .from: break
        }
    }

    /// ARG before the first FROM.
    mutating func defineGlobal(_ instruction: Instruction) {
        var environment = globals
        define(instruction, in: &environment) { name, value, environment in
            let value = value ?? environment.value(of: name).or(.unset).or(.certain([]))
            environment.set(name, value, isEnvironment: false)
        }
        globals = environment
    }

    /// ARG in a stage: the argument given, else its default, else that of the global ARG.
    ///
    /// What ENV or the base image have set wins with the legacy builder and loses with BuildKit.
    private mutating func define(_ instruction: Instruction, in environment: inout BuildEnvironment) {
        let globals = globals
        define(instruction, in: &environment) { name, value, environment in
            var value = value ?? globals.definition(of: name)?.value ?? .unset
            let isEnvironment =
                environment.definition(of: name)?.isEnvironment
                ?? (environment.others != nil || Array("PATH".utf8) == name)
            if value.mayBeUnset || isEnvironment { value = value.or(environment.value(of: name)) }
            environment.set(name, value, isEnvironment: isEnvironment)
        }
    }

    /// - Parameter settle: Told each name with the argument given, or else with the default that stands beside
    ///   it; `nil` where there is neither.
    private mutating func define(
        _ instruction: Instruction, in environment: inout BuildEnvironment,
        settle: (_ name: [UInt8], _ value: PossibleValue?, _ environment: inout BuildEnvironment) -> Void
    ) {
        let before = environment
        for word in ArgumentWords.quoted(instruction.arguments, escape: escape) {
            let (name, standard) = split(word)
            guard WordExpansion.isPlain(name, escape: escape) else {
                environment.forget("the name of an ARG is not certain")
                continue
            }
            noteScan(name, line: instruction.line)
            var value = given(name)
            if value == nil, let standard {
                // All words of a line see what was before it, or each what stands before itself.
                value = expander.expand(standard, before).or(expander.expand(standard, environment))
            }
            settle(name, value, &environment)
        }
    }

    /// ENV: all values of a line see what was before it.
    private mutating func set(_ instruction: Instruction, in environment: inout BuildEnvironment) {
        if !instruction.flags.isEmpty {
            environment.forget("ENV has flags")
            return
        }
        let before = environment
        for (key, written) in pairs(instruction.arguments) {
            guard case .oneOf(let names) = expander.expand(key, before), names.count == 1, let name = names[0]
            else {
                environment.forget("the name of an ENV is not certain")
                continue
            }
            environment.set(name, expander.expand(written, before), isEnvironment: true)
        }
    }

    /// `NAME=value …`, or the old form `NAME the rest of the line`.
    private func pairs(_ arguments: ArraySlice<UInt8>) -> [(name: [UInt8], value: [UInt8])] {
        let words = ArgumentWords.quoted(arguments, escape: escape)
        guard let first = words.first, first.contains(UInt8(ascii: "=")) else {
            let end = arguments.firstIndex(where: ASCII.isSpace) ?? arguments.endIndex
            return [(Array(arguments[..<end]), Array(arguments[end...].drop(while: ASCII.isSpace)))]
        }
        return words.map { word in
            let (name, value) = split(word)
            return (name, value ?? [])
        }
    }

    private func split(_ word: [UInt8]) -> (name: [UInt8], value: [UInt8]?) {
        guard let end = word.firstIndex(of: UInt8(ascii: "=")) else { return (word, nil) }
        return (Array(word[..<end]), Array(word[(end + 1)...]))
    }

    /// What is given from outside; unknown where more than the settings may give it.
    private func given(_ name: [UInt8]) -> PossibleValue? {
        let text = String(decoding: name, as: UTF8.self)
        // BuildKit writes this one anew.
        if text == "SOURCE_DATE_EPOCH" {
            return .unknown("$SOURCE_DATE_EPOCH may be set from outside the Dockerfile")
        }
        if let argument = surroundings.arguments[text] { return .certain(Array(argument.utf8)) }
        guard BuildEnvironment.isAmbient(name), text != "PATH" else { return nil }
        return .unknown("$\(text) may be set from outside the Dockerfile")
    }

    private mutating func noteScan(_ name: [UInt8], line: Int) {
        guard name.elementsEqual("BUILDKIT_SBOM_SCAN_CONTEXT".utf8) else { return }
        widenAll(ReadReason(line: line, words: "BUILDKIT_SBOM_SCAN_CONTEXT has the whole context read"))
    }
}
