import SystemPackage

/// Tells Stoker's own files from those that a configuration names by mistake.
enum OwnFileName {
    /// Names that nobody would give to anything else: the default ones and their variants.
    static func isOurs(_ path: FilePath) -> Bool {
        let name = path.lastComponent?.string ?? ""
        return name.hasPrefix(".docker_build.") || name.hasPrefix(".docker_test_cache.")
    }
}
