/// A Docker image reference with a repository and a tag, checked by the grammar of
/// github.com/distribution/reference.
///
/// The client would refuse a wrong one as well, but only after a build that may have taken minutes.
package struct ImageReference: Equatable {
    /// As it was written: `ghcr.io/acme/app`, `clud-test`.
    let repository: String
    let tag: String

    /// Stoker's own. Whatever is tagged in the one that temporary images are built in counts as a leftover, and
    /// whatever in the other as an image of the inputs that its name says.
    static let reservedRepositories = [ScratchTag.repository, KeptTag.repository]

    var text: String { "\(repository):\(tag)" }

    /// The same for each way of writing one image: `docker.io/library/app:latest` is `app:latest`.
    var familiarText: String { "\(familiarRepository):\(tag)" }

    /// What is wrong with a text, as the end of a sentence.
    struct Flaw: Error, Equatable {
        let reason: String
        init(_ reason: String) { self.reason = reason }
    }

    /// - Parameter text: With a tag or without one, which then is `latest`.
    init(parsing text: String) throws(Flaw) {
        if text.isEmpty { throw Flaw("it is empty") }
        if text.contains("@") { throw Flaw("it has a digest, which only a built image gets") }
        let (name, tag) = try Self.checked(text[...])
        // The engine reads 64 hex digits as an image ID.
        if name.utf8.count == 64, name.utf8.allSatisfy(Self.isHexDigit) {
            throw Flaw("64 hex digits are an image ID")
        }
        if name == "sha256" { throw Flaw("sha256 is a digest's name") }
        repository = String(name)
        self.tag = tag ?? "latest"
        let shortest = Self.shortestRepository(name)
        if Self.reservedRepositories.contains(shortest) {
            throw Flaw("the repository \(shortest) is Stoker's own")
        }
    }

    /// Whether a reference is in a repository of Stoker's own, whether or not Stoker would call a tag so.
    package static func isReserved(_ reference: String) -> Bool {
        guard let colon = reference.lastIndex(of: ":") else { return false }
        return reservedRepositories.contains(shortestRepository(reference[..<colon]))
    }

    /// What is left of a repository without all that an engine, docker's or podman's, may take for the place where every
    /// image is, written in whatever way.
    private static func shortestRepository(_ name: Substring) -> String {
        var path = name
        if let domain = domain(of: name) {
            let host = domain.prefix { $0 != ":" }.lowercased()
            guard ["docker.io", "index.docker.io", "registry-1.docker.io", "localhost"].contains(host) else {
                return String(name)
            }
            path = name[domain.endIndex...].dropFirst()
        }
        return String(path.hasPrefix("library/") ? path.dropFirst("library/".count) : path)
    }

    /// Whether a builder may find an image by this text; what `FROM` names may also have a digest.
    static func isPossible(_ text: String) -> Bool {
        let name = text.prefix { $0 != "@" }
        if name.isEmpty || name.endIndex != text.endIndex && text.hasSuffix("@") { return false }
        return (try? checked(name)) != nil
    }

    private static func checked(_ text: Substring) throws(Flaw) -> (name: Substring, tag: String?) {
        var name = text
        var tag: String?
        if let colon = text.lastIndex(of: ":"), !text[colon...].contains("/") {
            name = text[..<colon]
            let written = String(text[text.index(after: colon)...])
            try checkTag(written)
            tag = written
        }
        if name.utf8.count > 255 { throw Flaw("the name is longer than 255 characters") }
        var path = name
        if let domain = domain(of: name) {
            try checkDomain(domain)
            path = name[domain.endIndex...].dropFirst()
        }
        for component in path.split(separator: "/", omittingEmptySubsequences: false) {
            try checkComponent(component)
        }
        return (name, tag)
    }

    private var familiarRepository: String { FamiliarName.repository(repository) }

    /// The part before the first slash, where it looks like a host: docker's own rule.
    static func domain(of name: Substring) -> Substring? {
        guard let slash = name.firstIndex(of: "/") else { return nil }
        let first = name[..<slash]
        let isHost =
            first == "localhost" || first.contains(where: { $0 == "." || $0 == ":" || $0.isUppercase })
        return isHost ? first : nil
    }

    private static func checkDomain(_ domain: Substring) throws(Flaw) {
        var host = domain
        if let colon = domain.lastIndex(of: ":"), !domain[colon...].contains("]") {
            let port = domain[colon...].dropFirst()
            guard !port.isEmpty, port.utf8.allSatisfy(isDigit) else {
                throw Flaw("\(String(port).quoted) is not a port")
            }
            host = domain[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            let address = host.dropFirst().dropLast().utf8
            if !address.isEmpty, address.allSatisfy({ isHexDigit($0) || $0 == UInt8(ascii: ":") }) { return }
            throw Flaw("\(String(host).quoted) is not a registry's host")
        }
        for label in host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            guard let first = label.first, let last = label.last, isAlphanumeric(first), isAlphanumeric(last),
                label.allSatisfy({ isAlphanumeric($0) || $0 == UInt8(ascii: "-") })
            else { throw Flaw("\(String(host).quoted) is not a registry's host") }
        }
    }

    /// Lower-case letters and digits, joined by `.`, `_`, `__` or any number of `-`.
    private static func checkComponent(_ component: Substring) throws(Flaw) {
        if component.isEmpty { throw Flaw("a part of the name is empty") }
        if component.contains(where: { $0.isUppercase }) {
            throw Flaw("\(String(component).quoted) has upper-case letters")
        }
        var separator = [UInt8]()
        // The end counts as a separator's end too, so that none may stand there.
        for (index, byte) in component.utf8.enumerated() {
            if isLowerAlphanumeric(byte) {
                guard separator.isEmpty || index > separator.count && isSeparator(separator) else {
                    throw Flaw("\(String(component).quoted) has a separator in the wrong place")
                }
                separator = []
            } else if [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains(byte) {
                separator.append(byte)
            } else {
                throw Flaw("\(String(component).quoted) has more than letters, digits, and . _ -")
            }
        }
        if !separator.isEmpty { throw Flaw("\(String(component).quoted) has a separator in the wrong place") }
    }

    private static func isSeparator(_ bytes: [UInt8]) -> Bool {
        bytes.elementsEqual(".".utf8) || bytes.elementsEqual("_".utf8) || bytes.elementsEqual("__".utf8)
            || bytes.allSatisfy { $0 == UInt8(ascii: "-") }
    }

    private static func checkTag(_ tag: String) throws(Flaw) {
        if tag.isEmpty { throw Flaw("the tag is empty") }
        if tag.utf8.count > 128 { throw Flaw("the tag is longer than 128 characters") }
        for (index, byte) in tag.utf8.enumerated() {
            let isWord = isAlphanumeric(byte) || byte == UInt8(ascii: "_")
            guard isWord || index > 0 && (byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")) else {
                throw Flaw("the tag \(tag.quoted) has more than letters, digits, and _ . -")
            }
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isLowerAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x61...0x7A).contains(byte)
    }
    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLowerAlphanumeric(byte) || (0x41...0x5A).contains(byte)
    }
    private static func isHexDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x61...0x66).contains(byte) || (0x41...0x46).contains(byte)
    }
}
