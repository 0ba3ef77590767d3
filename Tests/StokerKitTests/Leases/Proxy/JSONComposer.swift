import Foundation
import TestSupport

/// Makes JSON objects with much white space, many escapes and misleading words, with `Labels` in some of them.
struct JSONComposer {
    private var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    static func decode(_ text: String) throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
    }

    mutating func object() -> String {
        var members = (0..<Int.random(in: 0...4, using: &random)).map { number in
            "\(string("k\(number)"))\(space())\(":")\(space())\(value(depth: 0))"
        }
        if Bool.random(using: &random) {
            let labels = (0..<Int.random(in: 0...2, using: &random)).map {
                "\(space())\(string("l\($0)")):\(space())\(string("v"))\(space())"
            }
            let member = "\"Labels\"\(space()):\(space()){\(labels.joined(separator: ","))\(space())}"
            members.insert(member, at: Int.random(in: 0...members.count, using: &random))
        }
        return
            "\(space()){\(members.map { space() + $0 + space() }.joined(separator: ","))\(space())}\(space())"
    }

    private mutating func value(depth: Int) -> String {
        switch Int.random(in: 0..<(depth < 3 ? 7 : 5), using: &random) {
        case 0: ["true", "false", "null"].randomElement(using: &random) ?? "null"
        case 1: "\(Int.random(in: -999...999, using: &random))"
        case 2: "1.5e-3"
        case 3, 4: string("s")
        case 5:
            "["
                + (0..<Int.random(in: 0...3, using: &random)).map { _ in space() + value(depth: depth + 1) }
                .joined(separator: ",") + space() + "]"
        default:
            "{"
                + (0..<Int.random(in: 0...3, using: &random)).map {
                    let key =
                        Bool.random(using: &random)
                        ? "\"Labels\(String(repeating: " ", count: $0))\"" : string("k\($0)")
                    return "\(space())\(key):\(value(depth: depth + 1))"
                }.joined(separator: ",") + space() + "}"
        }
    }

    private mutating func string(_ beginning: String) -> String {
        let pieces = [
            "\\\"", "\\\\", "{", "}", "[", "]", ",", ":", "Labels", "\\u00e9", "é", "\\n", " ", "\\/",
        ]
        let text = (0..<Int.random(in: 0...3, using: &random)).map { _ in
            pieces.randomElement(using: &random) ?? ""
        }
        return "\"\(beginning)\(text.joined())\""
    }

    private mutating func space() -> String {
        ["", "", "", " ", "\n", "\t\r\n "].randomElement(using: &random) ?? ""
    }
}
