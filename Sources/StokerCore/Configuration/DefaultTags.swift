import SystemPackage

/// The tags of an image that the configuration gives none.
public struct DefaultTags: Sendable, Equatable {
    /// `<folder>-test:latest`.
    public var plain: String
    /// With a hash of the project's folder, for one that finds another project on the plain one.
    public var own: String
}

extension ProjectSettings {
    /// Makes default tags the project's own, which until then are those that it would get.
    public mutating func claimTags(for user: UserSettings) {
        guard let tags = user.tags else { return }
        for index in images.indices {
            guard let defaults = images[index].defaultTags else { continue }
            images[index].tag = tags.claim(defaults, for: TagOwner(project: root))
        }
    }
}

extension DefaultTags {
    /// `<folder>-test:latest`, with the image's name where it is not `default`.
    init(root: FilePath, image: String) {
        let stem = DefaultTags.component(from: root.lastComponent?.string ?? "")
        var base = (stem.isEmpty ? "stoker" : stem) + "-test"
        // Image names begin with a letter or digit, so something is always left of them.
        if image != ImageSettings.defaultName { base += "-" + DefaultTags.component(from: image) }
        var fields = FieldHasher()
        fields.add(root.printable)
        let hash = fields.finish().hex.prefix(8)
        self.init(plain: "\(base):latest", own: "\(base)-\(hash):latest")
    }

    /// What is left of a name in the alphabet of repositories. Shortened, since a folder's name may be as
    /// long as a whole repository's.
    private static func component(from name: String) -> String {
        var result = ""
        var separator = ""
        for character in name.lowercased() {
            if character.isASCII, character.isLetter || character.isNumber {
                if !result.isEmpty {
                    result += separator.count == 1 ? separator : separator.isEmpty ? "" : "-"
                }
                result.append(character)
                separator = ""
                if result.count >= 100 { break }
            } else {
                separator.append(character == "." || character == "_" ? character : "-")
            }
        }
        return result
    }
}
