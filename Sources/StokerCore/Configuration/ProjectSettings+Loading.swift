public import SystemPackage

extension ProjectSettings {
    /// Reads `<root>/stoker.yaml`; a missing one means the defaults.
    ///
    /// It is read anew for each question, so that an edit counts at once; one read costs a few system calls
    /// and the parsing of a small file. Whether the Dockerfile and the context exist is not asked here.
    ///
    /// Paths in it are relative to the project's folder, except that `dockerfile` starts at `context`, as
    /// it does in compose. What it names has to lie in the repository that the project is in (the nearest
    /// folder with a `.git` below the user's home, or else the project's folder) or where the user's own
    /// configuration allows; symbolic links are followed before that is judged.
    ///
    /// - Parameter root: As `ProjectLocator` gives it: absolute and free of symbolic links.
    /// - Throws: `StokerError` (`badInput`) with file, line and column.
    public static func load(root: FilePath, user: UserSettings) throws -> ProjectSettings {
        let path = root.appending(ProjectLocator.fileName)
        let granted = user.project(at: root)
        let boundary = ProjectBoundary(root: root, allowed: granted?.allow ?? [], home: user.home)
        let paths = ProjectPathReader(
            boundary: boundary, userFile: user.file, tags: user.tags,
            admission: BuildAdmission(root: root, file: user.file, granted: granted?.build ?? BuildGrant()))
        let file = try ConfigurationFile(reading: path)
        var settings = ProjectSettings(
            root: root, file: file == nil ? nil : path, images: [],
            reaping: ReapSettings(ReapOptions(), of: root, user: user))
        var entries = [ConfigurationMap.Entry]()
        if let value = try file?.parse() {
            let map = try value.map("a map with the keys image, images and reaping")
            try map.check(known: ["image", "images", "reaping"]) { privilege($0, root: root, user: user) }
            entries = try imageEntries(map)
            if let images = map["images"], entries.count > imageLimit {
                throw images.error(
                    "found \(entries.count) images, expected at most \(imageLimit)",
                    nextStep: "split the project")
            }
            for entry in entries { settings.images.append(try image(entry, paths, user: user)) }
            if let wishes = try map["reaping"].map(ReapOptions.init(reading:)) {
                settings.reaping = ReapSettings(wishes, of: root, user: user)
            }
        }
        if settings.images.isEmpty {
            settings.images = [try ImageSettings(name: ImageSettings.defaultName, map: nil, paths: paths)]
        }
        try settings.checkConflicts(entries)
        return settings
    }

    /// An agent looks after each image of a project by itself, and each question reads all of their settings.
    static let imageLimit = 500

    private static func imageEntries(_ map: ConfigurationMap) throws -> [ConfigurationMap.Entry] {
        guard let single = map["image"] else {
            return try map["images"]?.map("a map from images' names to their settings").entries ?? []
        }
        if map["images"] != nil {
            throw single.error(
                "found both image and images, expected one of them",
                nextStep: "move it to images, under the name default")
        }
        return [.init(key: ImageSettings.defaultName, location: single.location, value: single)]
    }

    private static func image(
        _ entry: ConfigurationMap.Entry, _ paths: ProjectPathReader, user: UserSettings
    ) throws -> ImageSettings {
        guard ImageValueReader.isName(entry.key, also: "_.-"), entry.key.utf8.count <= 100 else {
            throw entry.location.error(
                "found the image name \(entry.key.quoted), expected at most 100 letters, digits, and _ . -, "
                    + "the first a letter or digit")
        }
        if entry.value.isNull { return try ImageSettings(name: entry.key, map: nil, paths: paths) }
        let map = try entry.value.map("a map of an image's settings")
        try map.check(known: ImageSettings.keys) { privilege($0, root: paths.root, user: user) }
        return try ImageSettings(name: entry.key, map: map, paths: paths)
    }

    /// Explains the keys that people look for here and that a cloned repository must not have.
    private static func privilege(
        _ entry: ConfigurationMap.Entry, root: FilePath, user: UserSettings
    ) -> StokerError? {
        let way: String
        switch entry.key {
        case "secrets", "ssh", "allow": way = "projects: {\(root.printable): {\(entry.key): […]}}"
        case "engine", "client", "agent", "projects": way = entry.key
        default: return nil
        }
        return entry.location.error(
            "found the key \(entry.key.quoted), which belongs in the user's own configuration, since a cloned "
                + "repository must not be able to read the machine",
            nextStep: "move it to \(user.file.printable), as \(way)")
    }
}
