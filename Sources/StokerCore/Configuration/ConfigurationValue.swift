import SystemPackage
import Yams

/// A value of a configuration file, with its place: raw, until one of the readers below says what it is
/// meant to be. All of them throw `StokerError` (`badInput`) that tells what was found and what expected.
struct ConfigurationValue {
    let node: Node
    let file: FilePath
    /// The key that it is the value of, for error messages.
    let key: String?

    var location: SourceLocation {
        SourceLocation(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }

    func error(_ message: String, cause: String? = nil, nextStep: String? = nil) -> StokerError {
        location.error(
            (key.map { "\($0.quoted): " } ?? "") + message, cause: cause, nextStep: nextStep)
    }

    func mismatch(expected: String, nextStep: String? = nil) -> StokerError {
        error("found \(kind), expected \(expected)", nextStep: nextStep)
    }

    private var kind: String {
        switch node {
        case .mapping: "a map"
        case .sequence: "a list"
        case .alias: "an alias"
        case .scalar(let scalar):
            isNull ? "nothing" : isPlain ? scalar.string.quoted : "the string \(scalar.string.quoted)"
        }
    }

    private var isPlain: Bool { node.scalar?.style == .plain }

    /// YAML 1.2's null: nothing at all, `~` or `null`, not between quotes.
    var isNull: Bool {
        guard case .scalar(let scalar) = node, isPlain else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    /// The scalar's own text, whatever type YAML would give it: `1.10` is `1.10` and `yes` is `yes`.
    func string(_ expected: String = "a string") throws -> String {
        guard case .scalar(let scalar) = node, !isNull else { throw mismatch(expected: expected) }
        try checkTag(scalar.tag, allowed: "tag:yaml.org,2002:str")
        if scalar.string.unicodeScalars.contains("\0") {
            throw error("found a string with a NUL character, expected \(expected)")
        }
        // As Compose files have it. Taken as it stands, it would be built into the image without a word.
        if scalar.string.contains("${") {
            throw error(
                "found \(scalar.string.quoted), but variables of the environment, which differ between the agent and "
                    + "a command, are not put in",
                nextStep: "write the value itself; a build argument may have it in the Dockerfile too, as "
                    + "`ARG NAME=value`")
        }
        return scalar.string
    }

    /// YAML 1.2's booleans; `yes` and `on` are strings, as they are to every parser of YAML 1.2.
    func bool() throws -> Bool {
        switch isPlain ? node.scalar?.string : nil {
        case "true", "True", "TRUE": return true
        case "false", "False", "FALSE": return false
        default: throw mismatch(expected: "true or false")
        }
    }

    /// The elements of a list, or the one value that stands for a list of one.
    func elements(_ expected: String) throws -> [ConfigurationValue] {
        switch node {
        case .scalar where !isNull: return [self]
        case .sequence(let sequence):
            try checkTag(sequence.tag, allowed: "tag:yaml.org,2002:seq")
            return sequence.map { ConfigurationValue(node: $0, file: file, key: key) }
        default: throw mismatch(expected: expected)
        }
    }

    func map(_ expected: String = "a map") throws -> ConfigurationMap {
        guard case .mapping(let mapping) = node else { throw mismatch(expected: expected) }
        try checkTag(mapping.tag, allowed: "tag:yaml.org,2002:map")
        return try ConfigurationMap(mapping, of: self)
    }

    /// A tag such as compose's `!reset` asks for something that nobody here does.
    private func checkTag(_ tag: Tag, allowed: String) throws {
        let name = tag.description
        guard name.isEmpty || name == "!" || name == allowed else {
            throw error("found the tag \(name.quoted), expected none", nextStep: "remove the tag")
        }
    }
}
