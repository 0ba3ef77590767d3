import Crypto
import Foundation
import StokerCore

/// All that is in an image and can matter to a container of it.
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
    }

    var entries: [[UInt8]: Entry] = [:]
    /// Whole seconds since 1970, of files alone.
    var modified: [[UInt8]: Int] = [:]
    var configuration: String

    /// - Parameter reference: An image that is there.
    static func read(_ reference: String) throws -> ImageContent {
        let created = try EngineSocket.ask(
            "POST", "/containers/create", body: #"{"Image":"\#(reference)","Cmd":["true"]}"#)
        guard created.status == 201, let answer = try created.json() as? [String: Any],
            let container = answer["Id"] as? String
        else { throw TestEngine.Failure(description: "cannot create a container of \(reference)") }
        defer { _ = try? EngineSocket.ask("DELETE", "/containers/\(container)?force=1&v=1") }
        let exported = try EngineSocket.ask("GET", "/containers/\(container)/export")
        guard exported.status == 200 else {
            throw TestEngine.Failure(description: "cannot export \(reference): \(exported.status)")
        }
        var content = ImageContent(configuration: try configuration(of: reference))
        content.take(try TarArchive.members(of: exported.body))
        return content
    }

    private mutating func take(_ members: [TarArchive.Member]) {
        var firstNames: [[UInt8]: [UInt8]] = [:]
        for member in members where member.kind == UInt8(ascii: "1") {
            let first = firstNames[member.target] ?? member.target
            firstNames[member.target] = member.path.precedes(first) ? member.path : first
        }
        for member in members {
            let isHardLink = member.kind == UInt8(ascii: "1")
            let home = isHardLink ? member.target : member.path
            var entry = Entry(
                kind: member.kind, mode: member.mode, owner: member.owner, group: member.group,
                content: ContentDigest(SHA256.hash(data: Array(member.content) + member.target)),
                size: member.content.count, sameAs: firstNames[home] ?? home)
            if isHardLink, let first = entries[home] {
                entry.kind = first.kind
                entry.content = first.content
                entry.size = first.size
            }
            entries[member.path] = entry
            if entry.kind == UInt8(ascii: "0"), entry.size > 0 { modified[member.path] = member.modified }
        }
    }

    private static func configuration(of reference: String) throws -> String {
        let answer = try EngineSocket.ask("GET", "/images/\(reference)/json")
        guard answer.status == 200, let image = try answer.json() as? [String: Any],
            var settings = image["Config"] as? [String: Any]
        else { throw TestEngine.Failure(description: "cannot inspect \(reference)") }
        // The legacy builder's: the parent's ID and a container's name.
        for key in ["Image", "Hostname", "Domainname"] { settings[key] = nil }
        let bytes = try JSONSerialization.data(
            withJSONObject: [settings, image["Os"], image["Architecture"]].compactMap(\.self),
            options: [.sortedKeys, .fragmentsAllowed])
        return String(decoding: bytes, as: UTF8.self)
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
        return "kind \(kind) mode \(String(entry.mode, radix: 8)) owner \(entry.owner):\(entry.group) "
            + "\(entry.size) bytes \(entry.content.hex.prefix(8)) same as \(BytePath(bytes: entry.sameAs))"
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
