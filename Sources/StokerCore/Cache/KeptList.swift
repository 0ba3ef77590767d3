import Foundation

/// What is remembered of one image's kept tags: which images they were put on, and the order of their last uses.
/// Without it an image is still found by its tag, and only the order is lost.
public struct KeptList: Sendable, Equatable {
    public struct Entry: Sendable, Equatable, Codable {
        /// As `KeptName.hex`.
        public var name: String
        /// `sha256:…`
        public var imageID: String
    }

    /// The project's folder; `nil` where it cannot be told for certain.
    public var project: String?
    /// Which machine the project is on: the folder of another one cannot be missed here.
    public var machine: String
    /// How many are kept, as the project said when one was last used; `nil` where nothing tells.
    public var keep: Int?
    /// The last used first. One name may come with several images: each engine makes its own.
    public private(set) var entries: [Entry]

    /// Far more than are ever kept, since those of several engines are in one list.
    static let entryLimit = 500

    public init(project: String?, machine: String, keep: Int? = nil, entries: [Entry] = []) {
        self.project = project
        self.machine = machine
        self.keep = keep
        self.entries = entries
    }

    /// Makes an image the last used.
    public mutating func note(_ name: KeptName, imageID: String) {
        let entry = Entry(name: name.hex, imageID: imageID)
        entries.removeAll { $0 == entry }
        entries.insert(entry, at: 0)
        entries = Array(entries.prefix(KeptList.entryLimit))
    }

    /// Whether the tag may be on this image: not if somebody has moved it from the one that it was put on.
    public func admits(_ name: KeptName, imageID: String) -> Bool {
        let known = entries.filter { $0.name == name.hex }
        return known.isEmpty || known.contains { $0.imageID == imageID }
    }

    /// How many were used after it; `nil` when nothing is known of it.
    public func position(of name: KeptName) -> Int? { entries.firstIndex { $0.name == name.hex } }
}

extension KeptList {
    private static let version = 1

    private struct Form: Encodable {
        var version: Int
        var project: String?
        var machine: String
        var keep: Int?
        var entries: [Entry]
    }

    public func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let form = Form(
            version: KeptList.version, project: project, machine: machine, keep: keep, entries: entries)
        return try encoder.encode(form) + [UInt8(ascii: "\n")]
    }

    /// `nil` for whatever is not whole and of today's form.
    public init?(_ bytes: [UInt8]) {
        guard let json = PlainJSON(bytes), json["version"]?.number == Double(KeptList.version),
            let machine = json["machine"]?.string, case .array(let elements) = json["entries"]
        else { return nil }
        let entries = elements.compactMap { element -> Entry? in
            guard let name = element["name"]?.string, let imageID = element["imageID"]?.string else {
                return nil
            }
            return Entry(name: name, imageID: imageID)
        }
        guard entries.count == elements.count, entries.count <= KeptList.entryLimit else { return nil }
        self.init(
            project: json["project"]?.string, machine: machine,
            keep: json["keep"]?.number.flatMap { Int(exactly: $0) }.flatMap { $0 < 0 ? nil : $0 },
            entries: entries)
    }
}
