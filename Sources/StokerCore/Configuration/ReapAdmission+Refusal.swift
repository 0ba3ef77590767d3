import SystemPackage

extension ReapAdmission {
    /// What of a project's wishes does not count, and the lines of the person's configuration that would admit it.
    func refusal(of wishes: ReapOptions) -> String? {
        let patterns = wishes.patterns ?? self.patterns
        let refused = patterns.filter { !isAdmitted($0) }
        var items: [String] = []
        var places: [SourceLocation] = []
        // What the person would grant then, with all that they grant now.
        var grant = granted
        var grantedPatterns = granted.patterns ?? []
        func refuse(_ key: String, _ item: String) {
            items.append(item)
            if let place = wishes.places[key] { places.append(place) }
        }
        if !refused.isEmpty {
            // Without patterns the person's limits are for all of the project's, and remain so.
            let isForAll = granted.olderThan != nil || granted.runningOlderThan != nil
            grantedPatterns += granted.patterns == nil && isForAll ? patterns : refused
            let texts = refused.map { "\"\($0.text)\"" }.joined(separator: ", ")
            refuse("patterns", "patterns: [\(texts)]")
        }
        func checkLimit(
            _ key: String, _ wish: Duration?, _ limit: WritableKeyPath<ReapLimits, Duration>,
            _ option: WritableKeyPath<ReapOptions, Duration?>
        ) {
            guard let wish else { return }
            let short = patterns.filter { wish < leastLimits(for: $0)[keyPath: limit] }
            if short.isEmpty { return }
            grant[keyPath: option] = wish
            if granted.patterns != nil || !refused.isEmpty {
                grantedPatterns += short.filter { !grantedPatterns.contains($0) }
            }
            let counting = short.filter(isAdmitted).map { leastLimits(for: $0)[keyPath: limit] }.max()
            refuse(key, Self.item(key, wish, counting: counting))
        }
        checkLimit("older-than", wishes.olderThan, \.olderThan, \.olderThan)
        checkLimit("running-older-than", wishes.runningOlderThan, \.runningOlderThan, \.runningOlderThan)
        if let every = wishes.every, every < shortestInterval {
            grant.every = every
            refuse("every", Self.item("every", every, counting: shortestInterval))
        }
        if items.isEmpty { return nil }
        grant.patterns = grantedPatterns.isEmpty ? nil : grantedPatterns
        let place = places.min { ($0.line, $0.column) < ($1.line, $1.column) }
        return "\(place.map { "\($0): " } ?? "")reaping by \(items.joined(separator: ", ")) does not count, "
            + "since it may concern other projects' containers; if it is right, write to \(file.printable): "
            + "projects: {\(root.string.yamlScalar): {reaping: {\(grant.text)}}}"
    }

    private static func item(_ key: String, _ wish: Duration, counting: Duration?) -> String {
        "\(key): \(DurationText.source(wish))"
            + (counting.map { " (\(DurationText.source($0)) counts)" } ?? "")
    }
}

extension ReapOptions {
    /// As it is written into a configuration, between braces.
    fileprivate var text: String {
        var parts: [String] = []
        if let patterns {
            parts.append("patterns: [\(patterns.map { "\"\($0.text)\"" }.joined(separator: ", "))]")
        }
        for (key, duration) in [
            ("older-than", olderThan), ("running-older-than", runningOlderThan), ("every", every),
        ] {
            if let duration { parts.append("\(key): \(DurationText.source(duration))") }
        }
        return parts.joined(separator: ", ")
    }
}
