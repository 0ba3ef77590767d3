extension DockerfileEvaluation {
    /// Where a source lies.
    enum Place: Hashable {
        case context
        case named(String)
        /// In a stage or an image.
        case elsewhere
    }

    /// COPY and ADD.
    mutating func copy(
        _ instruction: Instruction, label: String, stage: Int, _ environment: BuildEnvironment
    ) {
        let line = instruction.line
        let flags = instruction.flags
        let isAdd = instruction.keyword == .add
        if let words = flags.doubt(
            texts: isAdd ? ["chown", "chmod", "checksum"] : ["chown", "chmod", "from"],
            switches: isAdd ? ["link", "keep-git-dir", "unpack"] : ["link", "parents"], lists: ["exclude"])
        {
            let reason = ReadReason(line: line, words: "\(words) (\(label))")
            return flags.values("from").isEmpty ? widenAll(reason) : widenAllAndBases(reason)
        }
        let places = places(
            of: flags.value("from") ?? [], isMount: false, line: line, stage: stage, environment)
        let list = ArgumentWords.list(instruction.arguments)
        guard list.isCertain, list.words.count >= 2 else {
            return widenAll(
                ReadReason(line: line, words: "the arguments of \(label) are read differently by builders"))
        }
        let excludes = excludes(flags.values("exclude"), environment)
        let keepsParents = flags.isOn("parents")
        for word in list.words.dropLast() {
            if instruction.documentWords.contains(word) { continue }
            switch expander.expand(word, environment) {
            case .unknown(let reason):
                let words = "the source \(Shown.text(word[...])) of \(label) is not certain: \(reason)"
                for place in places { widen(place, ReadReason(line: line, words: words)) }
            case .oneOf(let values):
                for value in values.compactMap({ $0 }) where !isAdd || !SourcePath.isRemote(value) {
                    guard
                        let components = SourcePath.components(
                            value, isPattern: true, keepsParents: keepsParents)
                    else {
                        let words = "the pattern \(Shown.text(value[...])) of \(label) may match anything"
                        for place in places { widen(place, ReadReason(line: line, words: words)) }
                        continue
                    }
                    let read = ContextRead(
                        components: components, excludes: excludes, keepsParents: keepsParents,
                        line: line, instruction: label)
                    for place in places { add(read, to: place) }
                }
            }
        }
    }

    private mutating func excludes(_ written: [[UInt8]], _ environment: BuildEnvironment) -> [[UInt8]] {
        var patterns: [[UInt8]] = []
        // Each source has them all: honouring so many is not worth the time.
        if written.count > 256 { return [] }
        for word in written {
            // One that is not certain may bring back what the others leave out.
            guard case .oneOf(let values) = expander.expand(word, environment), values.count == 1,
                let value = values[0]
            else { return [] }
            patterns.append(value)
        }
        return SourcePath.safeExcludes(patterns)
    }

    /// Where `--from` and `from=` lead; the context for an empty one.
    mutating func places(
        of written: [UInt8], isMount: Bool, line: Int, stage: Int, _ environment: BuildEnvironment
    ) -> Set<Place> {
        if written.isEmpty { return [.context] }
        // BuildKit refuses variables here, the legacy builder expands them.
        guard case .oneOf(let values) = expander.expand(written, environment) else {
            widenAllAndBases(
                ReadReason(line: line, words: "what \(Shown.text(written[...])) names is not certain"))
            return []
        }
        var places: Set<Place> = []
        for value in values {
            guard let text = String(validating: value ?? [], as: UTF8.self) else { continue }
            places.formUnion(text.isEmpty ? [.context] : self.places(of: text, isMount, line, stage))
        }
        return places
    }

    private mutating func places(of text: String, _ isMount: Bool, _ line: Int, _ stage: Int) -> Set<Place> {
        let name = text.lowercased()
        var places: Set<Place> = [.elsewhere]
        if let number = Int(text) {
            if !plan.stages.indices.contains(number) || number >= stage {
                widenAll(ReadReason(line: line, words: "\(text.shown) is the number of no earlier stage"))
            } else if let name = plan.stages[number].name {
                places.formUnion(contexts.keys(for: name).map { .named($0) })
            }
            // A mount takes a number for an image.
            if isMount { note(base: text, line: line, isFrom: false) }
            return places
        }
        let keys = contexts.keys(for: text)
        places.formUnion(keys.map { .named($0) })
        for key in keys {
            guard case .reference(let reference) = contexts[key],
                let image = DockerfileEvaluation.image(of: reference), image != "scratch"
            else { continue }
            note(base: image, line: line, isFrom: false)
        }
        if earlier[name] != nil || text == "scratch" { return places }
        if lastOfName[name] != nil {
            widenAll(ReadReason(line: line, words: "the stage \(text.shown) does not stand before this line"))
        }
        if keys.isEmpty { note(base: text, line: line, isFrom: false) }
        return places
    }

    mutating func add(_ read: ContextRead, to place: Place) {
        switch place {
        case .context: context.add(read)
        case .named(let key): named[key]?.add(read)
        case .elsewhere: break
        }
    }

    mutating func widen(_ place: Place, _ reason: ReadReason) {
        switch place {
        case .context: context.widen(reason)
        case .named(let key): named[key]?.widen(reason)
        case .elsewhere: break
        }
    }
}
