import Glibc
public import SystemPackage

/// Finds the folder that a command is about.
public enum ProjectLocator {
    public static let fileName = "stoker.yaml"

    /// The nearest folder, `start` itself included, that has a `stoker.yaml` or a `Dockerfile`.
    ///
    /// - Returns: An absolute path, free of symbolic links.
    /// - Throws: `StokerError` (`badInput`) when `start` is no directory, or no folder above it qualifies.
    public static func find(from start: FilePath) throws -> FilePath {
        let origin = try explicit(start)
        var folder = origin
        while true {
            // Whatever is called stoker.yaml counts: if it is no file, reading it says so. A folder may
            // well be called Dockerfile.
            if folder.appending(fileName).fileStatus != nil { return folder }
            // The clients take the second where there is no first.
            for name in ["Dockerfile", "dockerfile"] {
                let dockerfile = folder.appending(name).fileStatus
                if let dockerfile, dockerfile.kind != .directory { return folder }
            }
            let parent = folder.removingLastComponent()
            if parent == folder { break }
            folder = parent
        }
        throw StokerError(
            .badInput,
            "found neither a stoker.yaml nor a Dockerfile in \(origin.printable) or a folder above it",
            nextStep: "name the project's folder with -C DIR, or create a Dockerfile or a stoker.yaml")
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
