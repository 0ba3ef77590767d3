import Glibc
public import SystemPackage

/// The folders that the environment names as the person's own.
///
/// With `sudo`, HOME and the XDG folders may be another user's. What root made there that user could not write to any
/// more, and what that user has written there must not tell root which programs to run.
public enum PersonalFolders {
    static let names = [
        "HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME",
    ]

    /// A folder that is left alone.
    public struct Foreign: Sendable, Equatable {
        /// Of the variable that names it.
        public var name: String
        public var folder: FilePath
        public var owner: UInt32
    }

    /// What belongs to another user although the process is root's; for any other user the system itself sees to that.
    public static func foreign(_ environment: [String: String]) -> [Foreign] {
        if geteuid() != 0 { return [] }
        return names.compactMap { name in
            guard let text = environment[name], text.hasPrefix("/") else { return nil }
            let folder = FilePath(text).lexicallyNormalized()
            guard let owner = owner(of: folder), owner != 0 else { return nil }
            return Foreign(name: name, folder: folder, owner: owner)
        }
    }

    /// The environment as if it did not name them: root's own home takes their place.
    static func own(_ environment: [String: String]) -> [String: String] {
        var environment = environment
        for folder in foreign(environment) { environment[folder.name] = nil }
        return environment
    }

    /// Of the folder, or of the nearest one above in which it would be made.
    private static func owner(of folder: FilePath) -> UInt32? {
        var folder = folder
        while true {
            let place = (try? folder.resolvingSymbolicLinks()) ?? folder
            if let status = place.fileStatus { return status.owner }
            guard folder.removeLastComponent() else { return nil }
        }
    }
}
