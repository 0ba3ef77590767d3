import SystemPackage

/// Reads the paths that a project's configuration names, and holds them to its boundary; all throw
/// `StokerError` (`badInput`).
struct ProjectPathReader {
    let boundary: ProjectBoundary
    /// The user's own configuration, for the next step.
    let userFile: FilePath
    /// Which tags other projects have; `nil` where nothing is remembered.
    let tags: TagBook?
    let admission: BuildAdmission

    /// Which of its default tags an image of the project has.
    func choice(_ defaults: DefaultTags) -> String {
        tags?.choice(defaults, for: TagOwner(project: root)) ?? defaults.plain
    }

    var root: FilePath { boundary.root }

    /// A path, relative to `folder`, without `.` and `..`; not yet held to anything.
    func path(_ value: ConfigurationValue, in folder: FilePath, expected: String) throws -> FilePath {
        let text = try value.string(expected)
        if text.isEmpty { throw value.mismatch(expected: expected) }
        if text == "~" || text.hasPrefix("~/") {
            throw value.error(
                "found \(text.quoted), expected a path in the project: ~ is not the home folder here",
                nextStep: "write ./\(text) if a folder of that name is meant")
        }
        if text.contains("://") {
            throw value.error("found \(text.quoted), expected \(expected), not a URL")
        }
        return folder.pushing(FilePath(text)).lexicallyNormalized()
    }

    /// - Returns: Where a folder leads, free of symbolic links as far as it exists.
    func folder(_ path: FilePath, _ value: ConfigurationValue?) throws -> FilePath {
        try admit(path, grant: { $0 }, value)
    }

    /// - Returns: A file's path with its folder resolved and its own name kept: the builder looks for
    ///   `<name>.dockerignore` beside the name that it is given, not beside what a link leads to.
    func file(_ path: FilePath, _ value: ConfigurationValue?) throws -> FilePath {
        guard let name = path.lastComponent else {
            throw error("\(path.printable) is a folder, expected a file", value)
        }
        _ = try admit(path, grant: { $0.removingLastComponent() }, value)
        return try admit(path.removingLastComponent(), grant: { $0 }, value).appending(name)
    }

    private func admit(
        _ path: FilePath, grant: (FilePath) -> FilePath, _ value: ConfigurationValue?
    ) throws -> FilePath {
        do {
            return try boundary.admit(path)
        } catch {
            switch error {
            case .outside(let place):
                let way =
                    place == path
                    ? "\(path.printable) lies" : "\(path.printable) leads to \(place.printable),"
                throw self.error(
                    "\(way) outside of \(boundary.repository.printable), which a project may not read by itself",
                    value,
                    nextStep: "if it may, add projects: {\(root.printable): {allow: "
                        + "[\(grant(place).printable)]}} to \(userFile.printable)")
            case .danglingLink(let link):
                throw self.error(
                    "\(link.printable) is a symbolic link that leads nowhere", value,
                    nextStep: "create what it names, or remove it")
            case .unreachable(let failure):
                throw self.error(
                    "cannot resolve \(path.printable)", value, cause: failure.errno.description)
            }
        }
    }

    /// A record or a lock: Stoker writes and removes these, so they lie in the project itself, are reached
    /// without symbolic links, stay clear of git's own files, and are nobody else's.
    ///
    /// - Parameter isMarker: A marker may be anybody's: it is never written into by others.
    func ownFile(
        _ path: FilePath, _ value: ConfigurationValue?, isMarker: Bool = false
    ) throws -> FilePath {
        let parent = path.removingLastComponent()
        if path == root { throw error("\(path.printable) is the project's folder, expected a file", value) }
        guard path.isInside(root) else {
            throw error("\(path.printable) lies outside of the project \(root.printable)", value)
        }
        if let text = try value?.string(),
            text.hasSuffix("/") || text.hasSuffix("/.") || text.hasSuffix("/..")
        {
            throw error("found \(text.quoted), expected a file's path", value)
        }
        if path.components.contains(where: { $0.string == ".git" }) {
            throw error("\(path.printable) lies among git's own files", value)
        }
        if parent != root, (try? ProjectBoundary.resolve(parent)) != parent {
            throw error("\(path.printable) is reached through a symbolic link", value)
        }
        let status = path.fileStatus
        switch status?.kind {
        case nil: return path
        case .file:
            if !isMarker, let status, let objection = ForeignFile.objection(to: status, in: parent) {
                throw error(
                    "\(path.printable) is not Stoker's own file", value, cause: objection,
                    nextStep: "remove it")
            }
            return path
        case .directory: throw error("\(path.printable) is a directory, expected a file", value)
        case .symbolicLink: throw error("\(path.printable) is a symbolic link, expected a file", value)
        default: throw error("\(path.printable) is not a regular file", value)
        }
    }

    /// One of the files that a build hash is made of; wildcards stand in the name alone.
    func buildHashSource(_ value: ConfigurationValue) throws -> BuildHashRecipe.Source {
        let path = try path(value, in: root, expected: "a file's path in the project")
        guard let relative = BytePath(of: path, in: root), let name = path.lastComponent?.string else {
            throw error("\(path.printable) lies outside of the project \(root.printable)", value)
        }
        let folder = relative.parent ?? .root
        if BuildHashRecipe.hasWildcard(String(decoding: folder.bytes, as: UTF8.self)) {
            throw error(
                "found a wildcard in the folder of \(path.printable), expected it in the file's name alone",
                value)
        }
        return BuildHashRecipe.Source(folder: folder, name: name)
    }

    private func error(
        _ message: String, _ value: ConfigurationValue?, cause: String? = nil, nextStep: String? = nil
    ) -> StokerError {
        value?.error(message, cause: cause, nextStep: nextStep)
            ?? StokerError(.badInput, message, cause: cause, nextStep: nextStep)
    }
}
