import SystemPackage

extension InputPlan {
    /// Refuses a build that would write into its own inputs, so that each one would ask for the next.
    ///
    /// The builder reads a copy, so the only way is an output that the configuration names: a local `cache-to`.
    ///
    /// - Throws: `StokerError` (`badInput`), with the line to add to the ignore file.
    public func checkOutputs() throws {
        for text in image.cacheTo {
            guard let entry = CacheEntry(text), entry.type == "local",
                let destination = entry.attributes["dest"]
            else { continue }
            let folder = FilePath(destination)
            // What BuildKit writes there.
            for name in ["index.json", "blobs"] {
                let explanation = try explanation(of: folder.appending(name))
                guard explanation.isInput, let reason = explanation.reasons.first else { continue }
                let root = contexts[reason.context]?.root ?? main.root
                throw StokerError(
                    .badInput,
                    "the image \(image.name) would change its own inputs with each build: cache-to writes to "
                        + "\(folder), and \(reason.words)",
                    nextStep:
                        "add \(BytePath(of: folder, in: root) ?? .root) to \(root.appending(".dockerignore")), "
                        + "or name a folder outside the build context")
            }
        }
    }
}
