/// An entry of `cache-from` or `cache-to` that has attributes: `type=registry,ref=ghcr.io/acme/app:cache`.
struct CacheEntry: Equatable {
    /// By their names in lower case.
    let attributes: [String: String]

    /// `nil` for an image reference, and for whatever the builder could read in another way.
    init?(_ text: String) {
        var attributes: [String: String] = [:]
        for field in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let equals = field.firstIndex(of: "=") else { return nil }
            let name = field[..<equals].lowercased()
            guard ImageValueReader.isName(name, also: "_.-"),
                attributes.updateValue(String(field[equals...].dropFirst()), forKey: name) == nil
            else { return nil }
        }
        self.attributes = attributes
    }

    var type: String? { attributes["type"] }

    /// The place in a registry, where that and how the layers look is all that the entry says. What more there is, such as
    /// doing without TLS, has to be granted as a whole.
    var place: RegistryPlace? {
        let harmless: Set<String> = [
            "type", "ref", "mode", "oci-mediatypes", "image-manifest", "compression", "compression-level",
            "force-compression", "ignore-error",
        ]
        guard type == "registry", harmless.isSuperset(of: attributes.keys) else { return nil }
        return attributes["ref"].flatMap { RegistryPlace(reference: $0) }
    }
}
