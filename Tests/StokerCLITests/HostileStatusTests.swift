import Foundation
import StokerAgent
@testable import StokerCLI
import TestSupport
import Testing

/// What `status` makes of an agent's report, into which the agent takes what lease files say.
@Suite struct HostileStatusTests {
    private static let report = """
        {"agent": {"pid": 7, "version": "1", "since": 1, "endpoint": "e", "socket": "s", "snapshotBytes": 5},
         "projects": [{"root": "/srv/app", "images": [{"name": "default", "tag": "a:b", "state": "current",
           "lastBuild": {"at": 1, "seconds": 2.5, "reason": "new", "succeeded": true}, "warnings": []}],
           "watches": [{"root": "/srv/app", "directories": 3, "problems": []}],
           "lastReap": {"at": 1, "removed": 1, "kept": 2, "failed": 0}}],
         "runs": [{"lease": "l", "command": "pytest", "project": "/srv/app", "pid": 8, "since": 1,
           "engine": "e", "state": "alive"}]}
        """

    private static func text(_ json: String) -> [String]? {
        (try? JSONDecoder().decode(StatusReport.self, from: Data(json.utf8))).map { StatusText($0).lines }
    }

    @Test func `whatever its numbers are, a report is shown or refused`() throws {
        try #require(Self.text(Self.report) != nil)
        var shown = 0
        for variant in HostileJSON.variants(of: Self.report) {
            guard let lines = Self.text(variant) else { continue }
            shown += 1
            #expect(lines.allSatisfy { $0.utf8.count < 200 }, "nobody reads three hundred digits: \(lines)")
        }
        #expect(shown > 100)
    }

    @Test func `a moment of which no clock tells is shown as one`() throws {
        let report = Self.report.replacing("\"since\": 1,\n", with: "\"since\": -1e30,\n")
        let lines = try #require(Self.text(report))
        #expect(
            lines.contains("run  pytest  in /srv/app, process 8, begun more than a hundred years ago"),
            "\(lines)")
        let later = try #require(
            Self.text(Self.report.replacing("\"since\": 1,\n", with: "\"since\": 1e30,\n")))
        #expect(later.contains("run  pytest  in /srv/app, process 8, begun 0 s ago"), "\(later)")
    }
}
