/// Decides which kept tags go. Only tags are ever taken away, and an image with its last one.
public enum KeptRetention {
    /// A kept tag as the engine lists it.
    public struct Fact: Sendable, Equatable {
        public var tag: KeptTag
        public var imageID: String
        /// When the image was made, seconds since 1970 on the engine's clock. That may be long before it was kept.
        public var created: Int64

        public init(tag: KeptTag, imageID: String, created: Int64) {
            self.tag = tag
            self.imageID = imageID
            self.created = created
        }
    }

    /// Those of one image that are too many. The last used stay; of those that the list does not know, the last
    /// made.
    ///
    /// - Parameters:
    ///   - key: whose.
    ///   - keep: how many stay.
    ///   - latest: the one that is in use now, whatever the list says.
    public static func surplus(
        _ facts: [Fact], key: String, list: KeptList, keep: Int, latest: KeptName?
    ) -> [KeptTag] {
        // One that was moved to another image by hand may be all that holds that image: it is not ours any more.
        let own = facts.filter { $0.tag.key == key && list.admits($0.tag.name, imageID: $0.imageID) }
        let ranked = own.map { fact in
            (fact, rank: fact.tag.name == latest ? -1 : list.position(of: fact.tag.name) ?? .max)
        }
        let ordered = ranked.sorted { left, right in
            if left.rank != right.rank { return left.rank < right.rank }
            if left.0.created != right.0.created { return left.0.created > right.0.created }
            return left.0.tag.name.hex < right.0.tag.name.hex
        }
        return ordered.dropFirst(max(0, keep)).map(\.0.tag)
    }

    /// Those of projects that are known to be gone.
    ///
    /// - Parameter lists: by key.
    public static func orphans(_ facts: [Fact], of gone: [String: KeptList]) -> [KeptTag] {
        facts.filter { gone[$0.tag.key]?.admits($0.tag.name, imageID: $0.imageID) == true }.map(\.tag)
    }

    /// Those of others that may be too old, the oldest first: their images were made long ago. When they were last
    /// tagged the list of images does not tell.
    ///
    /// - Parameters:
    ///   - key: whose are not looked at: an image's own few stay however old they are.
    ///   - now: on the engine's clock.
    public static func suspects(
        _ facts: [Fact], besides key: String, now: EngineTime, maxAge: Duration
    ) -> [Fact] {
        facts.filter { fact in
            guard fact.tag.key != key, let created = EngineTime(unixSeconds: fact.created) else {
                return false
            }
            return now.since(created) > maxAge
        }
        .sorted { ($0.created, $0.tag.reference) < ($1.created, $1.tag.reference) }
    }

    /// - Parameter tagged: when a tag was last put on its image; `nil` where the engine does not say, and then
    ///   nothing is old.
    public static func isOld(tagged: EngineTime?, now: EngineTime, maxAge: Duration) -> Bool {
        tagged.map { now.since($0) > maxAge } ?? false
    }
}
