/// Which front ends are known to read Dockerfiles as they are read here.
enum FrontEnd {
    /// Why a front end's name leaves the Dockerfile without a certain meaning; `nil` for a known one.
    ///
    /// A digest may pin any image of the repository, experimental ones included, so it is not known.
    static func doubt(_ text: ArraySlice<UInt8>, line: Int?, written: String) -> ReadReason? {
        isKnown(text)
            ? nil
            : ReadReason(line: line, words: "\(written) is a front end that Stoker does not know")
    }

    /// - Parameter argument: The build argument BUILDKIT_SYNTAX, which wins over the directive.
    static func doubt(argument: String?) -> ReadReason? {
        guard let argument else { return nil }
        let text = Array(argument.utf8)
        let written = "the build argument BUILDKIT_SYNTAX=\(Shown.text(text[...]))"
        return doubt(PatternText.trimmed(text[...]), line: nil, written: written)
    }

    private static func isKnown(_ text: ArraySlice<UInt8>) -> Bool {
        var name = text
        let domain = Array("docker.io/".utf8)
        if name.starts(with: domain) { name = name.dropFirst(domain.count) }
        let repository = Array("docker/dockerfile".utf8)
        guard name.starts(with: repository) else { return false }
        name = name.dropFirst(repository.count)
        if name.isEmpty { return true }
        guard name.first == UInt8(ascii: ":") else { return false }
        var tag = name.dropFirst()
        if tag.elementsEqual("latest".utf8) || tag.elementsEqual("labs".utf8) { return true }
        let labs = Array("-labs".utf8)
        if tag.suffix(labs.count).elementsEqual(labs) { tag = tag.dropLast(labs.count) }
        let parts = tag.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return (1...3).contains(parts.count) && parts[0].elementsEqual("1".utf8)
            && parts.allSatisfy { part in
                (1...4).contains(part.count) && part.allSatisfy { (0x30...0x39).contains($0) }
            }
    }
}
