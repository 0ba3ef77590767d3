import Foundation
import Glibc
import StokerCore
import TestSupport

/// An image as the engine saves it, read as far as it takes to know what is in it.
///
/// - Engine 20.10 has a folder for each layer, and links where two are the same.
/// - From 25 on the archive is an OCI layout: `index.json` and `blobs/sha256/…`. With the containerd store the
///   layers are compressed, and the index may lead to one more.
///
/// `manifest.json` is in all of them; where it is not, the index is followed.
struct SavedImage {
    /// The image's configuration, as its builder wrote it.
    let configuration: [String: Any]
    /// From the lowest on.
    let layers: [ImageLayer]

    private struct Malformed: Error { var what: String }

    init(_ archive: [UInt8]) throws {
        var members: [String: TarArchive.Member] = [:]
        for member in try TarArchive.members(of: archive) {
            members[String(decoding: member.path, as: UTF8.self)] = member
        }
        let (configuration, layers) = try SavedImage.names(in: members)
        guard
            let settings = try SavedImage.json(configuration, members) as? [String: Any],
            let files = settings["rootfs"] as? [String: Any]
        else { throw Malformed(what: configuration) }
        // `null` where there are no layers.
        let digests = files["diff_ids"] as? [String] ?? []
        guard digests.count == layers.count else { throw Malformed(what: "\(settings) for \(layers)") }
        self.configuration = settings
        self.layers = try SavedImage.read(layers, digests, members)
    }

    /// The places of the configuration and of the layers.
    private static func names(
        in members: [String: TarArchive.Member]
    ) throws -> (configuration: String, layers: [String]) {
        if members["manifest.json"] != nil {
            let manifests = try json("manifest.json", members) as? [[String: Any]]
            guard let manifest = manifests?.first, let configuration = manifest["Config"] as? String else {
                throw Malformed(what: "manifest.json")
            }
            return (configuration, manifest["Layers"] as? [String] ?? [])
        }
        var place = "index.json"
        // An index may name a further one for each platform.
        for _ in 0..<4 {
            guard let content = try json(place, members) as? [String: Any] else { break }
            if let configuration = content["config"] as? [String: Any] {
                let layers = content["layers"] as? [[String: Any]] ?? []
                return (try blob(configuration), try layers.map(blob))
            }
            let manifests = (content["manifests"] as? [[String: Any]] ?? []).filter { manifest in
                // The builder's statements about an image have a platform of their own.
                (manifest["platform"] as? [String: Any])?["os"] as? String != "unknown"
            }
            guard let next = try manifests.map(blob).first(where: { members[$0] != nil }) else { break }
            place = next
        }
        throw Malformed(what: place)
    }

    private static func blob(_ descriptor: [String: Any]) throws -> String {
        guard let digest = descriptor["digest"] as? String else { throw Malformed(what: "a descriptor") }
        return "blobs/" + digest.replacing(":", with: "/")
    }

    private static func json(_ place: String, _ members: [String: TarArchive.Member]) throws -> Any {
        guard let member = members[place] else { throw Malformed(what: "there is no \(place)") }
        return try JSONSerialization.jsonObject(with: Data(member.content))
    }

    // MARK: Layers

    private static func read(
        _ places: [String], _ digests: [String], _ members: [String: TarArchive.Member]
    ) throws -> [ImageLayer] {
        var archives: [Int: ArraySlice<UInt8>] = [:]
        for (number, place) in places.enumerated() where ImageLayer.known(as: digests[number]) == nil {
            archives[number] = try content(place, members)
        }
        let compressed = archives.filter { $0.value.starts(with: GzipFile.mark) }.sorted { $0.key < $1.key }
        for (layer, bytes) in zip(compressed, try GzipFile.expand(compressed.map(\.value))) {
            archives[layer.key] = bytes[...]
        }
        return try places.indices.map { number in
            if let known = ImageLayer.known(as: digests[number]) { return known }
            return try ImageLayer.read(Array(archives[number] ?? []), digest: digests[number])
        }
    }

    private static func content(
        _ place: String, _ members: [String: TarArchive.Member]
    ) throws -> ArraySlice<UInt8> {
        guard let member = members[place] else { throw Malformed(what: "there is no \(place)") }
        guard member.kind == UInt8(ascii: "2") else { return member.content }
        // Relative to the folder that it is in: `../<other layer>/layer.tar`.
        var folders = place.split(separator: "/").dropLast()
        for name in String(decoding: member.target, as: UTF8.self).split(separator: "/") {
            if name == ".." { folders = folders.dropLast() } else { folders.append(name) }
        }
        guard let other = members[folders.joined(separator: "/")], other.kind == UInt8(ascii: "0") else {
            throw Malformed(what: place)
        }
        return other.content
    }
}
