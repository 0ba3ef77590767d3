/// The reference under which an image is built: `stoker-build:<key>-<random>`. It is taken away when the image is
/// published, so one that stays is of a build that was killed.
public struct ScratchTag: Hashable, Sendable {
    /// Stoker's own. No project may give its images names in it.
    public static let repository = "stoker-build"

    /// Whose it is: 16 hex digits, as a `KeptTag` has them.
    public let key: String
    /// Up to 16 hex digits.
    private let random: String

    /// One that nobody else has.
    public init(key: String) {
        self.key = key
        random = String(UInt64.random(in: .min ... .max), radix: 16)
    }

    /// Whole, or not at all: what merely resembles one is somebody else's.
    public init?(_ reference: String) {
        let prefix = ScratchTag.repository + ":"
        guard reference.hasPrefix(prefix) else { return nil }
        self.init(name: reference.dropFirst(prefix.count))
    }

    /// - Parameter name: as `name`.
    init?(name: some StringProtocol) {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, KeptTag.isKey(parts[0]), (1...16).contains(parts[1].utf8.count),
            parts[1].utf8.allSatisfy(ContainerPattern.isLowerHexDigit)
        else { return nil }
        key = String(parts[0])
        random = String(parts[1])
    }

    /// What comes after the repository.
    var name: String { "\(key)-\(random)" }

    public var reference: String { "\(ScratchTag.repository):\(name)" }
}
