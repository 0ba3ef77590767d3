import Foundation
import StokerCore

/// All that is in an image and can matter to a container of it.
///
/// Read from the image as the engine saves it: its layers, one on the other, and its configuration. That is what
/// `docker push` would give to others, and quicker than the file system of a container. What is in no layer but in
/// what a container sees, extended attributes, `ContainerAttributes` reads.
struct ImageContent {
    struct Entry: Equatable {
        var kind: UInt8
        var mode: Int
        var owner: Int
        var group: Int
        /// Of a file's bytes or a link's target.
        var content: ContentDigest
        var size: Int
        /// The first name, in byte order, of the same file.
        var sameAs: [UInt8]
        var attributes: [String: [UInt8]]
    }

    private(set) var entries: [[UInt8]: Entry] = [:]
    /// Whole seconds since 1970, of files alone.
    private(set) var modified: [[UInt8]: Int] = [:]
    private(set) var configuration: String

    /// - Parameters:
    ///   - reference: An image that is there.
    ///   - probe: reads the extended attributes that a container sees, too.
    static func read(_ reference: String, probe: ContainerAttributes? = nil) throws -> ImageContent {
        let saved = try EngineSocket.ask("GET", "/images/\(reference)/get")
        guard saved.status == 200 else {
            if let empty = try empty(reference) { return empty }
            let words = String(decoding: saved.body, as: UTF8.self)
            throw TestEngine.Failure(description: "cannot save \(reference): \(saved.status) \(words)")
        }
        let image = try SavedImage(saved.body)
        var content = ImageContent(configuration: try configuration(image.configuration))
        content.fill(LayeredFiles(image.layers))
        if let probe {
            for (path, attributes) in try probe.read(reference, Array(content.entries.keys)) {
                content.entries[path]?.attributes.merge(attributes) { $1 }
            }
        }
        return content
    }

    /// Engine 20.10 does not save an image without any layer.
    private static func empty(_ reference: String) throws -> ImageContent? {
        let answer = try EngineSocket.ask("GET", "/images/\(reference)/json")
        guard answer.status == 200, let image = try answer.json() as? [String: Any],
            (image["RootFS"] as? [String: Any])?["Layers"] == nil
        else { return nil }
        let shown = ["config": image["Config"], "os": image["Os"], "architecture": image["Architecture"]]
        return ImageContent(configuration: try configuration(shown.compactMapValues(\.self)))
    }

    private mutating func fill(_ files: LayeredFiles) {
        var firstNames: [Int: [UInt8]] = [:]
        for (path, file) in files.names {
            let first = firstNames[file] ?? path
            firstNames[file] = path.precedes(first) ? path : first
        }
        for (path, number) in files.names {
            let file = files.files[number]
            entries[path] = Entry(
                kind: file.kind, mode: file.mode, owner: file.owner, group: file.group, content: file.content,
                size: file.size, sameAs: firstNames[number] ?? path, attributes: file.attributes)
            if file.kind == UInt8(ascii: "0"), file.size > 0 { modified[path] = file.modified }
        }
    }

    /// What decides how a container runs, and on what; not when and how the image was made.
    private static func configuration(_ image: [String: Any]) throws -> String {
        var settings = image["config"] as? [String: Any] ?? [:]
        // The legacy builder's: the parent's ID and a container's name.
        for key in ["Image", "Hostname", "Domainname"] { settings[key] = nil }
        let platform = ["os", "architecture", "variant", "os.version"].map { image[$0] ?? "" }
        let bytes = try JSONSerialization.data(
            withJSONObject: [settings, platform] as [Any], options: [.sortedKeys, .fragmentsAllowed])
        return String(decoding: bytes, as: UTF8.self)
    }

    func without(_ isLeftOut: ([UInt8]) -> Bool) -> ImageContent {
        var content = self
        content.entries = entries.filter { !isLeftOut($0.key) }
        return content
    }

    /// What is different, in words; none when nothing is. Times do not count.
    func differences(from other: ImageContent) -> [String] {
        var words: [String] = []
        for path in Set(entries.keys).union(other.entries.keys).sorted(by: { $0.precedes($1) }) {
            let (own, others) = (entries[path], other.entries[path])
            if own == others { continue }
            let name = BytePath(bytes: path).description
            words.append("\(name): \(ImageContent.text(own)), not \(ImageContent.text(others))")
        }
        if configuration != other.configuration {
            words.append("configuration \(configuration), not \(other.configuration)")
        }
        return words
    }

    private static func text(_ entry: Entry?) -> String {
        guard let entry else { return "nothing" }
        let kind = String(UnicodeScalar(entry.kind))
        let attributes = entry.attributes.sorted { $0.key < $1.key }.map { name, value in
            " \(name)=" + value.map { String($0, radix: 16) }.joined(separator: ".")
        }
        return "kind \(kind) mode \(String(entry.mode, radix: 8)) owner \(entry.owner):\(entry.group) "
            + "\(entry.size) bytes \(entry.content.hex.prefix(8)) same as \(BytePath(bytes: entry.sameAs))"
            + attributes.joined()
    }

    /// Files whose times differ.
    ///
    /// Only those that the tree gave to both images: what a RUN step wrote carries the time of the build.
    ///
    /// - Parameter end: Seconds since 1970; later times are a build's own.
    func timeDifferences(from other: ImageContent, before end: Int) -> [String] {
        modified.compactMap { path, time in
            guard let others = other.modified[path], time != others, min(time, others) < end else {
                return nil
            }
            return "\(BytePath(bytes: path)): mtime \(time), not \(others)"
        }.sorted()
    }
}

extension [UInt8] {
    func precedes(_ other: [UInt8]) -> Bool { lexicographicallyPrecedes(other) }
}
