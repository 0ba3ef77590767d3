import Glibc
public import SystemPackage

extension UserSettings {
    /// Where the user's configuration is: `$XDG_CONFIG_HOME/stoker/config.yaml`, by default
    /// `~/.config/stoker/config.yaml`. A relative XDG_CONFIG_HOME is ignored, as the XDG specification asks, and
    /// so is what `PersonalFolders` leaves alone.
    ///
    /// - Throws: `StokerError` (`badInput`) when nothing tells the home.
    public static func path(environment: [String: String]) throws -> FilePath {
        let environment = PersonalFolders.own(environment)
        if let text = environment["XDG_CONFIG_HOME"], let folder = absolute(text) {
            return folder.appending("stoker").appending("config.yaml")
        }
        let home = try home(environment: environment)
        return home.appending(".config").appending("stoker").appending("config.yaml")
    }

    /// The user's home: HOME, or without an absolute one what the user database says.
    ///
    /// - Throws: `StokerError` (`badInput`) when neither tells.
    public static func home(environment: [String: String]) throws -> FilePath {
        if let text = environment["HOME"], let folder = absolute(text) { return folder }
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        let home: FilePath? = buffer.withUnsafeMutableBufferPointer { buffer in
            // A buffer of a fixed size above zero has a base address.
            guard let start = buffer.baseAddress,
                getpwuid_r(geteuid(), &entry, start, buffer.count, &found) == 0,
                found != nil, let folder = entry.pw_dir as UnsafeMutablePointer<CChar>?
            else { return nil }
            return FilePath(platformString: folder)
        }
        if let home, home.isAbsolute { return home.lexicallyNormalized() }
        throw StokerError(
            .badInput, "cannot tell where the home folder is", cause: "HOME is not set to an absolute path",
            nextStep: "set HOME")
    }

    private static func absolute(_ text: String) -> FilePath? {
        let path = FilePath(text)
        return path.isAbsolute ? path.lexicallyNormalized() : nil
    }
}
