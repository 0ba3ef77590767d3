import SystemPackage
import Yams

extension ConfigurationFile {
    /// The file's one document.
    ///
    /// - Returns: `nil` for a file without any, or with nothing but comments.
    /// - Throws: `StokerError` (`badInput`) with the place where the text stops being YAML.
    func parse() throws -> ConfigurationValue? {
        if text.isEmpty { return nil }
        try checkAliases()
        guard let node = try compose(text) else { return nil }
        let root = ConfigurationValue(node: node, file: path, key: nil)
        return root.isNull ? nil : root
    }

    /// The tree of a text. Scalars keep their own text (`1.10` stays `1.10`): types are decided by who reads
    /// them, which the `basic` resolver leaves alone.
    private func compose(_ text: String) throws -> Node? {
        do {
            return try Yams.compose(yaml: text, .basic, .default, .utf8)
        } catch let error as YamlError {
            throw explanation(of: error)
        }
    }

    func location(_ mark: Mark?) -> SourceLocation {
        SourceLocation(file: path, line: mark?.line ?? 1, column: mark?.column ?? 1)
    }

    func explanation(of error: YamlError) -> StokerError {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            if problem == "but found another document" {
                return location(mark).error(
                    "found a second document, expected one", nextStep: "remove it, with the line ---")
            }
            if scalar(at: mark) == "\t" {
                return location(mark).error("found a tab, expected spaces", nextStep: "indent with spaces")
            }
            let circumstance = context.map { " \($0.text)" } ?? ""
            return location(mark).error("not valid YAML\(circumstance)", cause: problem)
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.map { ConfigurationFile.restoringAliases($0).quoted }.joined(separator: ", ")
            return location(context.mark).error(
                "found the key \(names) more than once in a map", nextStep: "keep one of them")
        case .reader:
            return locationOfForbiddenCharacter.error("found a control character, expected text")
        default:
            return StokerError(.badInput, "cannot parse \(path.printable)", cause: error.description)
        }
    }

    private func scalar(at mark: Mark) -> Unicode.Scalar? {
        var line = 1
        var column = 1
        for scalar in text.unicodeScalars {
            if line == mark.line, column == mark.column { return scalar }
            if scalar == "\n" {
                line += 1
                column = 1
            } else {
                column += 1
            }
        }
        return nil
    }

    /// libyaml tells an offset in bytes only, so the first character that YAML forbids is looked for here.
    private var locationOfForbiddenCharacter: SourceLocation {
        var line = 1
        var column = 1
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0A:
                line += 1
                column = 0
            case 0x09, 0x0D, 0x85: break
            case 0x00...0x1F, 0x7F...0x9F, 0xFEFF, 0xFFFE, 0xFFFF:
                return SourceLocation(file: path, line: line, column: column)
            default: break
            }
            column += 1
        }
        return SourceLocation(file: path, line: 1, column: 1)
    }
}
