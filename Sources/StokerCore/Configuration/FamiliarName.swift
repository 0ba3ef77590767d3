/// The name of an image as the engine writes it, which is one for each way of writing it.
public enum FamiliarName {
    /// `docker.io/library/alpine` is `alpine:latest`. What has a digest keeps it, without a tag.
    public static func reference(_ text: String) -> String {
        let name = repository(text)
        if name.contains("@") { return String(name) }
        let last = name.split(separator: "/", omittingEmptySubsequences: false).last ?? name[...]
        return last.contains(":") ? name : name + ":latest"
    }

    /// `docker.io/library/app` is `app`.
    static func repository(_ text: String) -> String {
        var name = text[...]
        for domain in ["docker.io/", "index.docker.io/"] where name.hasPrefix(domain) {
            name = name.dropFirst(domain.count)
        }
        if name.hasPrefix("library/") { name = name.dropFirst("library/".count) }
        return String(name)
    }
}
