/// What an image is kept under: one value for all that a record would have to say of it for a hit.
///
/// Whoever finds an image by such a name has no other proof, so everything that a record's proof covers is in it:
/// the inputs, and the images that it was built on with the IDs that they had. It tells nothing else, so that
/// another clone of the same project finds the same image.
public struct KeptName: Hashable, Sendable {
    private static let format = "stoker kept 1"
    private let hash: ContentDigest

    public init(digest: ContentDigest, bases: [BaseImage]) {
        var fields = FieldHasher()
        fields.add(KeptName.format)
        // Should a proof come to mean something else, nothing kept before is found.
        fields.add(count: CacheRecord.Proof.currentVersion)
        fields.add(digest)
        fields.add(count: bases.count)
        for base in bases {
            fields.add(base.reference)
            fields.add(base.imageID)
        }
        hash = fields.finish()
    }

    /// - Parameter hex: 64 lower-case hex digits, and nothing else.
    init?(hex: Substring) {
        guard hex.utf8.count == 64, let hash = ContentDigest(hex) else { return nil }
        self.hash = hash
    }

    /// 64 digits.
    public var hex: String { hash.hex }
}
