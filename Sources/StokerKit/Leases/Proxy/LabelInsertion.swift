/// Adds labels to the JSON that something is created from. All other text stays as it is, byte for byte: numbers
/// that no type of ours holds, keys that come twice, escapes.
///
/// What Go's decoder takes for JSON must never be taken for something else here, or an object would be made without
/// its labels. So this reads more generously than Go: what only looks like JSON gets labels too, and the engine's
/// error.
struct LabelInsertion {
    private let labels: [UInt8]

    /// - Parameter labels: they win over those of the same names in the JSON.
    init(_ labels: [String: String]) {
        self.labels = Array(
            labels.sorted { $0.key < $1.key }
                .map { "\(LabelInsertion.quoted($0.key)):\(LabelInsertion.quoted($0.value))" }
                .joined(separator: ",").utf8)
    }

    /// - Returns: `nil` for what the engine will refuse anyway.
    func adding(to body: [UInt8]) -> [UInt8]? {
        if labels.isEmpty { return body }
        var text = JSONSkimmer(body)
        text.skipSpace()
        // Go's decoder takes it for an object without members.
        if text.takes("null") { return body[..<(text.position - 4)] + whole + body[text.position...] }
        guard let object = text.object() else { return nil }
        let found = object.members.filter { LabelInsertion.isLabels($0.key) }
        switch found.count {
        case 0: return inserting(object.isEmpty ? member : [comma] + member, at: object.end, of: body)
        case 1:
            var value = JSONSkimmer(body, at: found[0].value.lowerBound)
            if value.takes("null") {
                return body[..<found[0].value.lowerBound] + braced + body[found[0].value.upperBound...]
            }
            guard body[found[0].value.lowerBound] == UInt8(ascii: "{") else { return nil }
            let end = found[0].value.upperBound - 1
            value.skip(1)
            value.skipSpace()
            return inserting(value.position == end ? labels : [comma] + labels, at: end, of: body)
        // Go's decoder puts them together; a `null` throws away what came before it. So ours come last.
        default: return inserting([comma] + member, at: object.end, of: body)
        }
    }

    /// An object with nothing but the labels.
    var whole: [UInt8] { Array("{".utf8) + member + Array("}".utf8) }

    private var braced: [UInt8] { Array("{".utf8) + labels + Array("}".utf8) }
    private var member: [UInt8] { Array("\"Labels\":".utf8) + braced }
    private let comma = UInt8(ascii: ",")

    private func inserting(_ text: [UInt8], at position: Int, of body: [UInt8]) -> [UInt8] {
        body[..<position] + text + body[position...]
    }

    /// As Go's decoder compares names: by simple folding, so that `ſ` is an `s`.
    private static func isLabels(_ key: String) -> Bool {
        let scalars = key.unicodeScalars
        return scalars.count == 6
            && zip(scalars, "labels".unicodeScalars).allSatisfy { scalar, letter in
                scalar == letter || scalar.value | 0x20 == letter.value && scalar.value < 0x80
                    || letter == "s" && scalar == "\u{17F}"
            }
    }

    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
