import Glibc
public import SystemPackage

extension UserSettings {
    /// Reads the user's configuration from where `path(environment:)` says.
    ///
    /// - Throws: `StokerError` (`badInput`) with file, line and column.
    public static func load(environment: [String: String]) throws -> UserSettings {
        var settings = try load(path: path(environment: environment), home: home(environment: environment))
        settings.cache = try StokerPaths.cache(environment: environment)
        return settings
    }

    /// - Parameters:
    ///   - path: Absolute. A missing file means the defaults. It may be a symbolic link: many keep their
    ///     dotfiles elsewhere, and unlike a repository's files it is the user's own.
    ///   - home: What `~` stands for.
    /// - Throws: `StokerError` (`badInput`) with file, line and column.
    public static func load(path: FilePath, home: FilePath) throws -> UserSettings {
        var settings = UserSettings(file: path, home: home)
        let place: FilePath
        do {
            place = try ProjectBoundary.resolve(path)
        } catch {
            switch error {
            case .danglingLink(let link):
                throw StokerError(
                    .badInput, "cannot read \(path.printable)",
                    cause: "\(link.printable) is a symbolic link that leads nowhere",
                    nextStep: "create what it names, or remove it")
            case .unreachable(let error):
                throw SystemCallError("read", path.printable, errno: error.errno).stokerError(.badInput)
            case .outside(let outside): place = outside
            }
        }
        // Messages name the file as the person knows it.
        guard let file = try ConfigurationFile(reading: place)?.renamed(path),
            let value = try file.parse()
        else { return settings }
        let keys = ["agent", "client", "engine", "images", "projects", "reaping", "snapshots"]
        let map = try value.map(
            "a map with the keys \(keys.dropLast().joined(separator: ", ")) and snapshots")
        try map.check(known: keys) { entry in
            guard entry.key == "image" else { return nil }
            return entry.location.error(
                "found the key \(entry.key.quoted), which belongs in a project's stoker.yaml",
                nextStep: "move it there")
        }
        let reader = UserValueReader(home: home)
        settings.engine = try map["engine"].flatMap(reader.engine)
        settings.client = try map["client"].map(reader.client)
        settings.agentSocket = try map["agent"].flatMap(reader.socket)
        settings.snapshots = try map["snapshots"].map(SnapshotLimits.init(reading:)) ?? .standard
        settings.images = try map["images"].map(ImageLimits.init(reading:)) ?? .standard
        settings.reaping = try map["reaping"].map(ReapOptions.init(reading:)) ?? ReapOptions()
        settings.projects = try map["projects"].map(reader.projects) ?? []
        return settings
    }
}

extension ConfigurationFile {
    fileprivate func renamed(_ path: FilePath) -> ConfigurationFile {
        ConfigurationFile(path: path, text: text)
    }
}
