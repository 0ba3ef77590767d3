/// A registry, a part of one, or an image in one, by its full name: `docker.io/library/app:cache`.
struct RegistryPlace: Equatable {
    private let text: String

    /// What a person grants: a registry's host, or a reference or its beginning; `nil` for anything else.
    init?(grant text: String) {
        let host = text.prefix { $0 != ":" }
        if !text.contains("/"), host.contains(".") || host == "localhost" {
            guard ImageReference.isPossible(text + "/x") else { return nil }
            self.init(text: RegistryPlace.host(text[...]))
        } else {
            self.init(reference: text)
        }
    }

    /// Where the builder looks for an image; `nil` for what is no reference.
    init?(reference text: String) {
        guard ImageReference.isPossible(text) else { return nil }
        if let domain = ImageReference.domain(of: text[...]) {
            self.init(text: RegistryPlace.host(domain) + text[domain.endIndex...])
        } else {
            self.init(text: "docker.io/" + (text.contains("/") ? "" : "library/") + text)
        }
    }

    private init(text: String) { self.text = text }

    private static func host(_ text: Substring) -> String {
        ["index.docker.io", "registry-1.docker.io"].contains(text) ? "docker.io" : String(text)
    }

    /// Whether it is the other one, or above it.
    func holds(_ other: RegistryPlace) -> Bool {
        guard other.text.hasPrefix(text) else { return false }
        let next = other.text.dropFirst(text.count).first
        return next == nil || next == "/" || text.contains("/") && (next == ":" || next == "@")
    }

    /// Without a tag and a digest.
    var repository: String {
        let name = text.prefix { $0 != "@" }
        guard let colon = name.lastIndex(of: ":"), !name[colon...].contains("/") else { return String(name) }
        return String(name[..<colon])
    }
}
