import SystemPackage

extension ProjectSettings {
    /// Refuses images that would overwrite each other's tag or files, or the project's own.
    ///
    /// - Parameter entries: Where each image is configured; empty when none is.
    /// - Throws: `StokerError` (`badInput`).
    func checkConflicts(_ entries: [ConfigurationMap.Entry]) throws {
        var tags = [String: String]()
        var files = precious
        for (index, image) in images.enumerated() {
            func conflict(_ message: String) -> StokerError {
                entries.indices.contains(index)
                    ? entries[index].location.error(message) : StokerError(.badInput, message)
            }
            // A tag that has got this far parses; the raw text serves as well as a key.
            let tag = (try? ImageReference(parsing: image.tag))?.familiarText ?? image.tag
            if let other = tags.updateValue(image.name, forKey: tag) {
                throw conflict("the images \(other) and \(image.name) have the same tag \(image.tag)")
            }
            for (role, path) in [("record", image.record), ("lock", image.lock)] {
                let owner = "the \(role) of image \(image.name)"
                if let other = files.updateValue(owner, forKey: path) {
                    throw conflict("\(owner) is the same file as \(other): \(path.printable)")
                }
            }
        }
    }

    /// What a record or a lock would destroy.
    private var precious: [FilePath: String] {
        var files = [root.appending(ProjectLocator.fileName): "the configuration"]
        for image in images {
            let dockerfile = image.foundDockerfile
            files[dockerfile] = "the Dockerfile of image \(image.name)"
            if let file = try? dockerfile.resolvingSymbolicLinks() { files[file] = files[dockerfile] }
            let ignoreFile = (dockerfile.lastComponent?.string ?? "") + ".dockerignore"
            files[dockerfile.removingLastComponent().appending(ignoreFile)] = "an ignore file"
            files[image.context.appending(".dockerignore")] = "an ignore file"
        }
        return files
    }
}
