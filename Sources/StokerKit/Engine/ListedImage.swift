import StokerCore

/// What the list of images says of one.
struct ListedImage: Sendable, Decodable, Equatable {
    /// `sha256:…`.
    var id: String
    /// Only those that were asked for.
    var tags: [String]?
    /// `repository@sha256:…`, of those that came from a registry or went to one; with containerd's store all have some.
    var digests: [String]?
    /// Whole seconds since 1970.
    var created: Int64?
    /// Bytes of all its layers, also those that others have too.
    var size: Int64?
    /// The image of the step before it in the legacy builder; empty where there was none, or the engine does not say.
    var parentID: String?

    enum CodingKeys: String, CodingKey {
        case id = "Id"
        case tags = "RepoTags"
        case digests = "RepoDigests"
        case created = "Created"
        case size = "Size"
        case parentID = "ParentId"
    }

    /// Podman writes out where it takes a short name to be from.
    private static let origins = ["docker.io/library/", "localhost/"]

    static func short(_ reference: String) -> String {
        String(reference.dropFirst(origins.first { reference.hasPrefix($0) }?.count ?? 0))
    }

    /// Those of its references that keep it.
    var keptTags: [KeptTag] { (tags ?? []).compactMap { KeptTag(ListedImage.short($0)) } }

    /// Those under which builds of it were begun.
    var scratchTags: [ScratchTag] { (tags ?? []).compactMap { ScratchTag(ListedImage.short($0)) } }

    /// Whether nothing refers to it by name. Of a list that was asked for all.
    var isNameless: Bool { keptTags.isEmpty && scratchTags.isEmpty && !hasOtherReference }

    /// Whether it has a reference that is none of Stoker's own, so that it stays when those go. Of a list that was asked
    /// for all.
    var hasOtherReference: Bool {
        let own = [KeptTag.repository, ScratchTag.repository]
        let tags = (tags ?? []).map(ListedImage.short)
        let repositories = (digests ?? []).map { ListedImage.short(String($0.prefix { $0 != "@" })) }
        return tags.contains { $0 != "<none>:<none>" && KeptTag($0) == nil && ScratchTag($0) == nil }
            || repositories.contains { $0 != "<none>" && !own.contains($0) }
    }
}
