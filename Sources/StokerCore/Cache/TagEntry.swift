import Foundation
public import SystemPackage

/// What is remembered of one tag.
public struct TagEntry: Sendable, Equatable {
    /// As the engine writes it: `app-test:latest`.
    public var tag: String
    public var owner: TagOwner
    /// The IDs of the images that Stoker has put there, for whichever project, the last one first.
    public private(set) var images: [String]

    /// An older one that is on the tag again was kept, and is known by that.
    static let imageLimit = 100

    public init(tag: String, owner: TagOwner, images: [String] = []) {
        self.tag = tag
        self.owner = owner
        self.images = images
    }

    mutating func note(imageID: String) {
        images.removeAll { $0 == imageID }
        images = Array(([imageID] + images).prefix(TagEntry.imageLimit))
    }
}

/// The project that a tag is of.
public struct TagOwner: Sendable, Equatable, Codable {
    /// The project's folder, absolute; between quotes where it is no text.
    public var project: String
    /// Which machine the project is on: the folder of another one cannot be missed here.
    public var machine: String

    public init(project root: FilePath) {
        project = root.printable
        machine = MachineIdentity.text
    }

    public func isSame(as other: TagOwner) -> Bool { project == other.project }

    /// Whether its folder is proved to be gone. What cannot be looked at may well be there.
    public var isGone: Bool {
        guard machine == MachineIdentity.text, project.hasPrefix("/"),
            let status = try? FileStatus.of(project) as FileStatus??
        else { return false }
        return status?.kind != .directory
    }
}

extension TagEntry {
    private static let version = 1

    private struct Form: Encodable {
        var version: Int
        var tag: String
        var owner: TagOwner
        var images: [String]
    }

    func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let form = Form(version: TagEntry.version, tag: tag, owner: owner, images: images)
        return try encoder.encode(form) + [UInt8(ascii: "\n")]
    }

    /// `nil` for whatever is not whole and of today's form.
    init?(_ bytes: [UInt8]) {
        guard let json = PlainJSON(bytes), json["version"]?.number == Double(TagEntry.version),
            let tag = json["tag"]?.string, let project = json["owner"]?["project"]?.string,
            let machine = json["owner"]?["machine"]?.string, let images = json["images"]?.strings,
            images.count <= TagEntry.imageLimit
        else { return nil }
        var owner = TagOwner(project: "/")
        (owner.project, owner.machine) = (project, machine)
        self.init(tag: tag, owner: owner, images: images)
    }
}
