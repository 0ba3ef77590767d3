/// Decides which kept images go when all of them together take too much of the engine's disk.
public enum KeptSize {
    /// An image that is kept.
    public struct Image: Sendable, Equatable {
        public var id: String
        /// Whether it stays whatever becomes of its kept tags: another reference, a container or somebody else's kept
        /// tag holds it. Then it frees nothing, and is no part of what is limited.
        public var isHeld: Bool
        /// When it was last built, restored or tagged, on the engine's clock.
        public var lastUse: EngineTime?
        public var layers: [ImageLayer]

        public init(id: String, isHeld: Bool, lastUse: EngineTime?, layers: [ImageLayer]) {
            self.id = id
            self.isHeld = isHeld
            self.lastUse = lastUse
            self.layers = layers
        }
    }

    /// The bytes that would be free if all went that are not held: what they share counts once, and what they share
    /// with one that is held counts for nothing.
    public static func bytes(_ images: [Image]) -> Int64 { Tally(images).total }

    /// The least recently used go first, until the rest takes no more than `maxSize`.
    ///
    /// - Returns: their IDs, in the order in which they go, each with the bytes that it frees in its turn.
    public static func surplus(_ images: [Image], maxSize: Int64) -> [(id: String, bytes: Int64)] {
        var tally = Tally(images)
        let ordered = images.filter { !$0.isHeld }.sorted { left, right in
            // Those of which nothing is known first, since whatever is used has a time.
            if left.lastUse != right.lastUse {
                return right.lastUse.map { (left.lastUse ?? .first) < $0 } ?? false
            }
            return left.id < right.id
        }
        var surplus: [(id: String, bytes: Int64)] = []
        for image in ordered where tally.total > maxSize {
            // One that has nothing of its own frees nothing, now or later.
            if image.layers.allSatisfy({ tally.held.contains($0) }) { continue }
            surplus.append((image.id, tally.remove(image)))
        }
        return surplus
    }

    /// How many of those that may go have each layer.
    private struct Tally {
        private(set) var held: Set<ImageLayer> = []
        private var users: [ImageLayer: Int] = [:]
        private(set) var total: Int64 = 0

        init(_ images: [Image]) {
            for image in images where image.isHeld { held.formUnion(image.layers) }
            for image in images where !image.isHeld {
                for layer in Set(image.layers).subtracting(held) {
                    if users[layer] == nil { total = total.addingClamped(layer.bytes) }
                    users[layer, default: 0] += 1
                }
            }
        }

        mutating func remove(_ image: Image) -> Int64 {
            var freed: Int64 = 0
            for layer in Set(image.layers).subtracting(held) {
                let rest = (users[layer] ?? 1) - 1
                users[layer] = rest
                if rest == 0 { freed = freed.addingClamped(layer.bytes) }
            }
            total -= freed
            return freed
        }
    }
}

extension EngineTime {
    /// Before all others: 1 January of year 1.
    // It is within the range.
    fileprivate static let first = EngineTime(unixSeconds: earliestSeconds)!
}
