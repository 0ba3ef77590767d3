import Glibc
public import SystemPackage

/// Finds the folder that a command is about.
public enum ProjectLocator {
    public static let fileName = "stoker.yaml"

    /// The nearest folder, `start` itself included, that has a `stoker.yaml` or a `Dockerfile`.
    ///
    /// Above `start` only what is the person's own counts, see `FolderTrust`.
    ///
    /// - Returns: An absolute path, free of symbolic links.
    /// - Throws: `StokerError` (`badInput`) when `start` is no directory, or no folder above it qualifies.
    public static func find(from start: FilePath) throws -> FilePath {
        try find(from: start, trust: .current)
    }

    static func find(from start: FilePath, trust: FolderTrust) throws -> FilePath {
        let origin = try explicit(start)
        var folder = origin
        var refusal: StokerError?
        while true {
            if let name = projectFile(in: folder) {
                guard folder != origin, let objection = trust.objection(to: name, in: folder) else {
                    return folder
                }
                refusal = refusal ?? self.refusal(of: folder, name, objection, from: origin)
            }
            let parent = folder.removingLastComponent()
            if parent == folder { break }
            folder = parent
        }
        throw refusal
            ?? StokerError(
                .badInput,
                "found neither a stoker.yaml nor a Dockerfile in \(origin.printable) or a folder above it",
                nextStep: "name the project's folder with -C DIR, or create a Dockerfile or a stoker.yaml")
    }

    /// What makes a folder a project.
    private static func projectFile(in folder: FilePath) -> String? {
        // Whatever is called stoker.yaml counts: if it is no file, reading it says so. A folder may
        // well be called Dockerfile.
        if folder.appending(fileName).fileStatus != nil { return fileName }
        // The clients take the second where there is no first.
        return ["Dockerfile", "dockerfile"].first { name in
            folder.appending(name).fileStatus.map { $0.kind != .directory } ?? false
        }
    }

    private static func refusal(
        of folder: FilePath, _ name: String, _ objection: FolderTrust.Objection, from origin: FilePath
    ) -> StokerError {
        StokerError(
            .badInput, "found no project of your own in \(origin.printable) or a folder above it",
            cause: "\(folder.appending(name).printable) does not count, as \(objection.words(folder))",
            nextStep:
                "use `-C \(folder.printable)` if you trust whoever can write there, or create a Dockerfile or a "
                + "stoker.yaml of your own")
    }

    /// A folder that was named by a person, taken as it is, with or without a `stoker.yaml`.
    ///
    /// - Returns: An absolute path, free of symbolic links.
    /// - Throws: `StokerError` (`badInput`) when it does not exist, cannot be reached or is no directory.
    public static func explicit(_ folder: FilePath) throws -> FilePath {
        let root: FilePath
        do {
            root = try folder.resolvingSymbolicLinks()
        } catch {
            throw StokerError(
                .badInput, "cannot use \(folder.printable) as a project's folder",
                cause: error.errno.description, nextStep: "name an existing directory")
        }
        guard root.fileStatus?.kind == .directory else {
            throw StokerError(
                .badInput, "cannot use \(folder.printable) as a project's folder",
                cause: "it is not a directory", nextStep: "name the directory that it is in")
        }
        return root
    }
}
