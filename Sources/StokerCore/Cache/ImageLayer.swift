/// One step of an image's history, with what it takes on disk.
///
/// Engines do not tell which layers two images share, nor, before 23, how much of an image is its own. The history
/// tells both well enough: a step that came from a builder's cache, or with a base image, has the same time, words
/// and size wherever it is found, and so has everything before it.
public struct ImageLayer: Sendable, Hashable {
    /// Of this step and all before it.
    let chain: ContentDigest
    /// On disk.
    let bytes: Int64

    /// A step as the engine tells it.
    public struct Step: Sendable, Equatable {
        /// Seconds since 1970.
        public var created: Int64
        public var words: String
        public var bytes: Int64

        public init(created: Int64, words: String, bytes: Int64) {
            self.created = created
            self.words = words
            self.bytes = bytes
        }
    }

    /// - Parameter steps: the oldest first. Those that take nothing on disk are no layers.
    public static func layers(of steps: [Step]) -> [ImageLayer] {
        var chain = ContentDigest.zero
        return steps.compactMap { step in
            var fields = FieldHasher()
            fields.add(chain)
            fields.add(number: UInt64(bitPattern: step.created))
            fields.add(step.words)
            fields.add(number: UInt64(bitPattern: step.bytes))
            chain = fields.finish()
            return step.bytes > 0 ? ImageLayer(chain: chain, bytes: step.bytes) : nil
        }
    }

    /// An image of which the engine tells no history: it shares nothing.
    public static func whole(imageID: String, bytes: Int64) -> [ImageLayer] {
        layers(of: [Step(created: 0, words: imageID, bytes: bytes)])
    }
}
