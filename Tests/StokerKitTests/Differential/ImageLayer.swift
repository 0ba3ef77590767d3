import Crypto
import Foundation
import StokerCore
import Synchronization

/// One layer of an image: what it adds and what it takes away, in its archive's order.
struct ImageLayer {
    struct Change {
        var path: [UInt8]
        var kind: UInt8
        var mode: Int
        var owner: Int
        var group: Int
        /// Of a file's bytes or a link's target.
        var content: ContentDigest
        var size: Int
        /// Whole seconds since 1970.
        var modified: Int
        /// What a hard link is another name of.
        var target: [UInt8]
        var attributes: [String: [UInt8]]

        init(_ member: TarArchive.Member) {
            path = ImageLayer.plain(member.path)
            (kind, mode, owner, group) = (member.kind, member.mode, member.owner, member.group)
            content = ContentDigest(SHA256.hash(data: Array(member.content) + member.target))
            (size, modified) = (member.content.count, member.modified)
            target = kind == UInt8(ascii: "1") ? ImageLayer.plain(member.target) : []
            attributes = member.attributes
        }
    }

    let changes: [Change]

    init(archive: [UInt8]) throws { changes = try TarArchive.members(of: archive).map(Change.init) }

    /// `./a/b/` and `/a/b` are `a/b`.
    private static func plain(_ path: [UInt8]) -> [UInt8] {
        var rest = path[...]
        while rest.first == UInt8(ascii: "/") || rest.starts(with: "./".utf8) {
            rest = rest.dropFirst(rest.first == UInt8(ascii: "/") ? 1 : 2)
        }
        return rest.elementsEqual(".".utf8) ? [] : Array(rest)
    }

    /// Large layers are those of base images, which all images of a run share: each is read once. By the digests of
    /// their archives.
    private static let known = Mutex<[String: ImageLayer]>([:])
    private static let large = 64 << 10

    static func known(as digest: String) -> ImageLayer? { known.withLock { $0[digest] } }

    static func read(_ archive: [UInt8], digest: String) throws -> ImageLayer {
        let layer = try ImageLayer(archive: archive)
        if archive.count >= large { known.withLock { $0[digest] = layer } }
        return layer
    }
}
