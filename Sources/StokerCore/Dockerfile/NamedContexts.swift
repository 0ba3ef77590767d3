/// The additional build contexts, found as BuildKit finds them: by an image's familiar name.
struct NamedContexts {
    private let contexts: [String: BuildContext]
    private var keys: [String: [String]] = [:]

    init(_ contexts: [String: BuildContext]) {
        self.contexts = contexts
        for key in contexts.keys.sorted() { keys[NamedContexts.familiar(key), default: []].append(key) }
    }

    /// Those that stand in for a stage or an image.
    func keys(for name: String) -> [String] {
        keys.isEmpty ? [] : keys[NamedContexts.familiar(name)] ?? []
    }

    subscript(key: String) -> BuildContext? { contexts[key] }

    /// The names of those that are folders.
    var folders: [String] {
        contexts.keys.filter { key in
            if case .directory = contexts[key] { true } else { false }
        }
    }

    /// Why a name has no certain meaning.
    var doubt: ReadReason? {
        for key in contexts.keys.sorted() {
            let name = NamedContexts.familiar(key)
            if name == "scratch" || name == "context" || key.contains("::") {
                return ReadReason(
                    line: nil, words: "builders differ in what the build context \(key.quoted) stands for")
            }
        }
        return nil
    }

    /// `docker.io/library/alpine:latest` is `alpine`.
    private static func familiar(_ name: String) -> String {
        var text = name.lowercased()[...]
        for domain in ["docker.io/", "index.docker.io/"] where text.hasPrefix(domain) {
            text = text.dropFirst(domain.count)
        }
        if text.hasPrefix("library/") { text = text.dropFirst("library/".count) }
        if text.hasSuffix(":latest") { text = text.dropLast(":latest".count) }
        return String(text)
    }
}
