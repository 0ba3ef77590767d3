/// The reference that keeps an image: `stoker-kept:<name>-<key>`.
///
/// The key says whose it is: the image of one project on one machine. Who looks for an image takes any key's, and
/// who drops some drops only his own, so two worktrees find each other's images and neither loses the other's.
public struct KeptTag: Hashable, Sendable {
    /// Stoker's own. No project may give its images names in it.
    public static let repository = "stoker-kept"

    public var name: KeptName
    /// 16 hex digits.
    public var key: String

    public init(name: KeptName, key: String) {
        self.name = name
        self.key = key
    }

    /// Whole, or not at all: what merely resembles one is somebody else's.
    public init?(_ reference: String) {
        let prefix = KeptTag.repository + ":"
        guard reference.hasPrefix(prefix) else { return nil }
        let parts = reference.dropFirst(prefix.count).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let name = KeptName(hex: parts[0]), KeptTag.isKey(parts[1]) else {
            return nil
        }
        self.init(name: name, key: String(parts[1]))
    }

    public static func isKey(_ text: some StringProtocol) -> Bool {
        text.utf8.count == 16
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
            }
    }

    public var reference: String { "\(KeptTag.repository):\(name.hex)-\(key)" }

    /// Matches the tags of all keys, as the engine's `reference` filter takes it.
    public static func pattern(of name: KeptName) -> String { "\(repository):\(name.hex)-*" }
}
