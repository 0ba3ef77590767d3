/// Tells one creation from all others of its lease and of all leases: `17-3f9a…`, its place in the lease's
/// `CreationJournal` and 32 random digits.
///
/// It is in a label of what is created. A tool that copies labels copies the mark too, and so gives the copy away: the
/// journal says which one thing was created under it.
public struct CreationMark: Sendable, Hashable {
    /// From 0 on.
    public let number: Int
    /// 32 lower-case hexadecimal digits.
    let nonce: String

    static let nonceLength = 32

    init(number: Int, nonce: String) {
        self.number = number
        self.nonce = nonce
    }

    /// With digits that nobody has had.
    static func random(number: Int) -> CreationMark {
        CreationMark(number: number, nonce: LeaseID.random().text)
    }

    /// `nil` for what is no mark.
    public init?(text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = Int(parts[0]), number >= 0, "\(number)" == parts[0],
            let nonce = LeaseID(text: String(parts[1]))?.text
        else { return nil }
        self.init(number: number, nonce: nonce)
    }

    public var text: String { "\(number)-\(nonce)" }
}
