import Glibc
public import SystemPackage

/// Where Stoker keeps its own things, by the XDG base directory specification.
public struct StokerPaths: Sendable, Equatable {
    /// Snapshots and stat indexes; `$XDG_CACHE_HOME/stoker`, default `~/.cache/stoker`.
    public var cache: FilePath
    /// The agent's socket and its lock; `$XDG_RUNTIME_DIR/stoker`, or a folder of the user's own under the
    /// temporary directory, or below `state` where somebody else has taken that one's name.
    public var runtime: FilePath
    /// What has to outlive a login and a start of the machine; `$XDG_STATE_HOME/stoker`, default
    /// `~/.local/state/stoker`.
    public var state: FilePath

    /// Who owns what on the engine.
    public var leases: FilePath { state.appending("leases") }

    public var agentSocket: FilePath { runtime.appending("agent.sock") }

    /// Whether a folder is called as `runtime` is, in whatever environment.
    static func isRuntimeName(_ name: String) -> Bool { name == "stoker" || name == "stoker-\(getuid())" }

    /// - Parameter environment: as of the process. Relative XDG values are ignored, as the specification
    ///   says, and so are those that `PersonalFolders` leaves alone.
    /// - Throws: `StokerError` (`badInput`) when nothing tells the home.
    public init(environment: [String: String]) throws {
        let environment = PersonalFolders.own(environment)
        func absolute(_ name: String) -> FilePath? { StokerPaths.absolute(environment[name]) }
        let home = try UserSettings.home(environment: environment)
        cache = try StokerPaths.cache(own: environment)
        state = (absolute("XDG_STATE_HOME") ?? home.appending(".local/state")).appending("stoker")
        if let runtimeDirectory = absolute("XDG_RUNTIME_DIR") {
            runtime = runtimeDirectory.appending("stoker")
        } else {
            let shared = (absolute("TMPDIR") ?? "/tmp").appending("stoker-\(getuid())")
            runtime = StokerPaths.isForeign(shared) ? state.appending("runtime") : shared
        }
    }

    /// `cache` alone.
    static func cache(environment: [String: String]) throws -> FilePath {
        try cache(own: PersonalFolders.own(environment))
    }

    private static func cache(own environment: [String: String]) throws -> FilePath {
        let folder =
            try absolute(environment["XDG_CACHE_HOME"])
            ?? UserSettings.home(environment: environment).appending(".cache")
        return folder.appending("stoker")
    }

    private static func absolute(_ value: String?) -> FilePath? {
        guard let value, value.hasPrefix("/") else { return nil }
        return FilePath(value).lexicallyNormalized()
    }

    /// Whether it can never be a folder of the user's own. Anybody can make one of that name first.
    private static func isForeign(_ path: FilePath) -> Bool {
        guard let status = path.fileStatus else { return false }
        return status.kind != .directory || status.owner != geteuid()
    }
}

/// Folders that only their owner may look into.
public enum PrivateDirectory {
    /// Makes `path` and what is missing above it.
    ///
    /// - Throws: `StokerError` when something else, or somebody else's folder, is in its place, since who
    ///   owns the folder of the control socket could answer in the agent's name.
    ///
    /// - Parameter isOurs: whether the folder is Stoker's alone by its name, so that one which others may
    ///   look into is closed to them. A folder that a person named is left as it is.
    public static func create(_ path: FilePath, isOurs: Bool = true) throws {
        try createParents(path.removingLastComponent())
        if mkdir(path.string, 0o700) == 0 { return }
        guard errno == EEXIST else {
            throw SystemCallError.last("create", path.string).stokerError(.cannotWrite)
        }
        guard isOurs else { return }
        guard let status = try FileStatus.of(path.string), status.kind == .directory else {
            throw StokerError(
                .cannotWrite, "\(path) is not a folder", nextStep: "remove it or move it away")
        }
        guard status.owner == geteuid() else {
            throw StokerError(
                .cannotWrite, "\(path) belongs to another user (id \(status.owner))",
                nextStep: "set XDG_RUNTIME_DIR or XDG_CACHE_HOME to a folder of your own")
        }
        if status.permissions & 0o077 != 0, chmod(path.string, 0o700) != 0 {
            throw SystemCallError.last("chmod", path.string).stokerError(.cannotWrite)
        }
    }

    private static func createParents(_ path: FilePath) throws {
        if path.components.isEmpty || access(path.string, F_OK) == 0 { return }
        try createParents(path.removingLastComponent())
        if mkdir(path.string, 0o755) != 0 && errno != EEXIST {
            throw SystemCallError.last("create", path.string).stokerError(.cannotWrite)
        }
    }
}
