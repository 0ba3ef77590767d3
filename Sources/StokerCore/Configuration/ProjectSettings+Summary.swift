import SystemPackage

extension ProjectSettings {
    /// The effective settings for the log: a line for each image, and one for reaping. Of build arguments
    /// only the names are told, since people put tokens there.
    public var summary: [String] {
        images.map(line) + [reapingLine]
    }

    private func line(_ image: ImageSettings) -> String {
        var parts = [
            "image \(image.name): tag \(image.tag)", "dockerfile \(shown(image.dockerfile))",
            "context \(shown(image.context))",
        ]
        if let target = image.target { parts.append("target \(target)") }
        if !image.arguments.isEmpty {
            parts.append("args " + image.arguments.keys.sorted().map(\.printable).joined(separator: " "))
        }
        if let platform = image.platform { parts.append("platform \(platform)") }
        if let network = image.network { parts.append("network \(network)") }
        if image.pull { parts.append("pull") }
        for cache in image.cacheFrom { parts.append("cache-from \(cache.printable)") }
        for cache in image.cacheTo { parts.append("cache-to \(cache.printable)") }
        if !image.entitlements.isEmpty {
            parts.append("entitlements " + image.entitlements.joined(separator: " "))
        }
        for (name, context) in image.buildContexts.sorted(by: { $0.key < $1.key }) {
            switch context {
            case .directory(let path): parts.append("build-context \(name)=\(shown(path))")
            case .reference(let text): parts.append("build-context \(name)=\(text.printable)")
            }
        }
        parts.append("keep \(image.keep)")
        if let recipe = image.buildHash {
            let files = recipe.sources.map { "\($0.folder.appending(name: Array($0.name.utf8)))" }
            parts.append("build-hash " + files.joined(separator: " "))
        }
        parts.append("record \(shown(image.record))")
        parts.append("\(image.lockProtocol == .marker ? "marker" : "lock") \(shown(image.lock))")
        if image.lockIsKept { parts.append("which is kept") }
        if let timeout = image.lockTimeout { parts.append("lock timeout \(DurationText.format(timeout))") }
        return parts.joined(separator: ", ")
    }

    private var reapingLine: String {
        let rules = reaping.rules.filter { !$0.patterns.isEmpty }.map { rule in
            "patterns \(rule.patterns.map(\.text.printable).joined(separator: " ")), "
                + "older than \(DurationText.format(rule.limits.olderThan)), "
                + "running older than \(DurationText.format(rule.limits.runningOlderThan))"
        }
        let exempt = reaping.rules.reduce(reaping.exempt) { $0.union($1.exempt) }
        return "reaping: \(rules.isEmpty ? "nothing by its name" : rules.joined(separator: "; ")), "
            + "every \(DurationText.format(reaping.every))"
            + (exempt.isEmpty ? "" : ", never \(exempt.sorted().map(\.printable).joined(separator: " "))")
    }

    /// Relative to the project's folder where it lies in it.
    private func shown(_ path: FilePath) -> String {
        var relative = path
        return relative.removePrefix(root) ? (relative.isEmpty ? "." : relative.printable) : path.printable
    }
}

extension String {
    /// As it is where that is safe to print on one line, else quoted.
    fileprivate var printable: String { quoted == "\"\(self)\"" ? self : quoted }
}
