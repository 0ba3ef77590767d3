import SystemPackage

// Places that are written in the builder's own notation.
extension ProjectPathReader {
    /// One entry of `cache-from` or `cache-to`: a reference, or `type=…,name=value,…`.
    ///
    /// - Returns: The entry with the paths of a local cache made absolute, since the builder would take them
    ///   relative to where it is started.
    func cache(_ value: ConfigurationValue) throws -> String {
        let expected = "a cache such as type=local,src=.cache or an image reference"
        let text = try value.string(expected)
        // The client reads this as a line of CSV, in which a quoted field could hide what it is.
        guard !text.isEmpty, text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0 != "\"" }) else {
            throw value.mismatch(expected: expected)
        }
        guard text.contains("=") else { return text }
        var attributes = [String: String]()
        let fields = try text.split(separator: ",", omittingEmptySubsequences: false).map { field in
            guard let equals = field.firstIndex(of: "=") else { throw value.mismatch(expected: expected) }
            let name = field[..<equals].lowercased()
            let content = String(field[equals...].dropFirst())
            guard ImageValueReader.isName(name, also: "_.-"),
                attributes.updateValue(content, forKey: name) == nil
            else { throw value.mismatch(expected: expected) }
            guard name == "src" || name == "dest" else { return String(field) }
            return "\(name)=\(try localPath(content, value, expected: expected).string)"
        }
        // Without quotes, `[type=local,dest=x]` is a list of two.
        guard let type = attributes["type"],
            type != "local" || attributes["src"] != nil || attributes["dest"] != nil
        else {
            throw value.mismatch(expected: expected, nextStep: "put the whole entry between quotes")
        }
        return fields.joined(separator: ",")
    }

    /// The schemes that every builder takes for something else than a folder. Any other text it would look
    /// for on the disk, where `x:/../..` is a way out.
    private static let schemes = ["docker-image://", "http://", "https://", "git://", "target:"]

    func buildContext(_ value: ConfigurationValue) throws -> BuildContext {
        let expected = "a folder, docker-image://…, oci-layout://…, https://…, git://… or target:…"
        let text = try value.string(expected)
        guard !text.isEmpty, text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F }) else {
            throw value.mismatch(expected: expected)
        }
        if let scheme = Self.schemes.first(where: text.hasPrefix) {
            let rest = String(text.dropFirst(scheme.count))
            // A builder that does not know a scheme after all must not be led anywhere by it either.
            guard !rest.isEmpty, !rest.split(separator: "/").contains(".."),
                scheme != "target:" || ImageValueReader.isName(rest, also: "_.-")
            else { throw value.mismatch(expected: expected) }
            return .reference(text)
        }
        let layout = "oci-layout://"
        if text.hasPrefix(layout) {
            var path = text.dropFirst(layout.count)
            if let digest = path.firstIndex(of: "@") {
                path = path[..<digest]
            } else if let colon = path.lastIndex(of: ":"), !path[colon...].contains("/") {
                path = path[..<colon]
            }
            let place = try localPath(String(path), value, expected: expected)
            return .reference(layout + place.string + text[path.endIndex...])
        }
        if text.prefix(while: { $0 != "/" }).contains(":") {
            let nextStep = text.contains("://") ? nil : "write ./\(text) if a folder is meant"
            throw value.mismatch(expected: expected, nextStep: nextStep)
        }
        return .directory(try folder(path(value, in: root, expected: expected), value))
    }

    private func localPath(_ text: String, _ value: ConfigurationValue, expected: String) throws -> FilePath {
        guard !text.isEmpty, !text.hasPrefix("~") else { throw value.mismatch(expected: expected) }
        return try folder(root.pushing(FilePath(text)).lexicallyNormalized(), value)
    }
}
