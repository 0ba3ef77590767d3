import SystemPackage
import Yams

// Nine lines of YAML can stand for a billion values, when each alias names a list of aliases (the "billion
// laughs"). Composing them is cheap, but a map that has such a value for a key is hashed in full, in the
// parser itself. So the aliases are counted before the parser may follow them: in a copy of the text each
// alias is made a plain scalar, which has the same place and the same length, and so the same tree.
extension ConfigurationFile {
    /// Stands for the `*` of an alias. A private-use character; one that the file holds itself is only
    /// counted too often.
    private static let aliasMarker: Unicode.Scalar = "\u{E000}"

    /// Values after expansion, in files with aliases.
    private static let expansionLimit = 100_000
    /// Nesting after expansion, in files with aliases; trees are walked and freed by recursion.
    private static let depthLimit = 100

    static func restoringAliases(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == aliasMarker ? "*" : $0 }))
    }

    /// - Throws: `StokerError` (`badInput`) when the aliases expand beyond every honest use.
    func checkAliases() throws {
        guard text.utf8.contains(UInt8(ascii: "&")), text.utf8.contains(UInt8(ascii: "*")) else { return }
        do {
            let parser = try Parser(yaml: withoutAliases, resolver: .basic, encoding: .utf8)
            guard let root = try parser.singleRoot() else { return }
            var extents = [String: Extent]()
            // Nodes hold their anchors weakly; the parser owns them.
            _ = try withExtendedLifetime(parser) { try measure(root, &extents) }
        } catch let error as YamlError {
            throw explanation(of: error)
        }
    }

    private var withoutAliases: String {
        var result = String.UnicodeScalarView()
        result.reserveCapacity(text.unicodeScalars.count)
        var pendingStar = false
        for scalar in text.unicodeScalars {
            if pendingStar { result.append(Self.isNameScalar(scalar) ? Self.aliasMarker : "*") }
            pendingStar = scalar == "*"
            if !pendingStar { result.append(scalar) }
        }
        if pendingStar { result.append("*") }
        return String(result)
    }

    /// What libyaml takes for a part of an anchor's name.
    private static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && (scalar.properties.isAlphabetic || "0123456789_-".unicodeScalars.contains(scalar))
    }

    private struct Extent {
        var nodes = 1
        var depth = 1

        mutating func add(_ inner: Extent) {
            nodes += inner.nodes
            depth = max(depth, inner.depth + 1)
        }
    }

    /// The extent of a node once its aliases are followed. Anchors are noted in the parser's order, so that
    /// one that is defined again shadows the earlier one here as well.
    private func measure(_ node: Node, _ extents: inout [String: Extent]) throws -> Extent {
        var extent = Extent()
        switch node {
        case .scalar(let scalar):
            if scalar.style == .plain, scalar.string.unicodeScalars.first == Self.aliasMarker {
                let name = scalar.string.unicodeScalars.dropFirst().prefix(while: Self.isNameScalar)
                extent = extents[String(name)] ?? extent
            }
        case .sequence(let sequence):
            for element in sequence { extent.add(try measure(element, &extents)) }
        case .mapping(let mapping):
            for (key, value) in mapping {
                extent.add(try measure(key, &extents))
                extent.add(try measure(value, &extents))
            }
        case .alias: break
        }
        guard extent.nodes <= Self.expansionLimit, extent.depth <= Self.depthLimit else {
            throw location(node.mark).error(
                "found aliases that expand to more than \(Self.expansionLimit) values or "
                    + "\(Self.depthLimit) levels",
                nextStep: "write the values out")
        }
        if let anchor = node.anchor { extents[anchor.rawValue] = extent }
        return extent
    }
}
