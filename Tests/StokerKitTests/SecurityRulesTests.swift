import Foundation
import Testing

/// The table of `contrib/docs/security.md`.
@Suite struct SecurityRulesTests {
    private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test func `each rule names what shows it, and that is there`() throws {
        let page = try String(contentsOf: root.appending(path: "contrib/docs/security.md"), encoding: .utf8)
        let section = try #require(
            page.components(separatedBy: "## The rules").last?
                .components(separatedBy: "\n## ").first)
        let rules = section.split(separator: "\n").filter { $0.hasPrefix("|") }.dropFirst(2)
        #expect(rules.count >= 20)
        let suites = try suites()
        for rule in rules {
            let cells = rule.split(separator: "|")
            try #require(cells.count == 2, "\(rule)")
            let names = cells[1].matches(of: /`([^`]+)`/).map { String($0.output.1) }
            #expect(!names.isEmpty, "\(rule)")
            for name in names where !suites.contains(name) {
                #expect(FileManager.default.isExecutableFile(atPath: root.path + "/" + name), "\(name)")
            }
        }
    }

    private func suites() throws -> Set<String> {
        var names: Set<String> = []
        for case let file as String in try #require(
            FileManager.default.enumerator(atPath: root.path + "/Tests")) where file.hasSuffix(".swift")
        {
            let text = try String(contentsOfFile: root.path + "/Tests/" + file, encoding: .utf8)
            names.formUnion(text.matches(of: /struct (\w+Tests)\b/).map { String($0.output.1) })
        }
        return names
    }
}
