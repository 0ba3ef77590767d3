/// One step of an image's history, with what it takes on disk.
///
/// Engines do not tell how much disk each layer takes; the history tells it of each step. A layer is the same one in two
/// images if its contents and those of all layers below it are.
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

    /// - Parameters:
    ///   - steps: the oldest first. Those that take nothing on disk are no layers.
    ///   - digests: of the layers' contents, the lowest first. Where they cannot be told to steps, since a layer takes
    ///     nothing on disk, steps are the same if they and all before them have the same second, words and size; a
    ///     step that came from a builder's cache, or with a base image, has.
    public static func layers(of steps: [Step], digests: [String]) -> [ImageLayer] {
        let sizes = steps.map(\.bytes).filter { $0 > 0 }
        var chain = ContentDigest.zero
        if sizes.count == digests.count {
            return zip(digests, sizes).map { digest, bytes in
                var fields = FieldHasher()
                fields.add(chain)
                fields.add(digest)
                chain = fields.finish()
                return ImageLayer(chain: chain, bytes: bytes)
            }
        }
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
        layers(of: [Step(created: 0, words: imageID, bytes: bytes)], digests: [])
    }
}
