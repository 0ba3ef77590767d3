import StokerCore
@testable import StokerKit
import Testing

@Suite struct SnapshotRetentionTests {
    static let day: Int64 = 86_400_000_000_000
    static let now = 1000 * day

    static func fact(
        _ key: String, days: Int64 = 1, bytes: Int64 = 10, inUse: Bool = false, hasProject: Bool = true
    ) -> SnapshotRetention.Fact {
        SnapshotRetention.Fact(
            key: key, isInUse: inUse, hasProject: hasProject, lastUse: now - days * day, bytes: bytes)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var facts: [SnapshotRetention.Fact]
        var removals: [String: SnapshotRetention.Reason]
    }

    static let rows = [
        Row(testDescription: "none", facts: [], removals: [:]),
        Row(testDescription: "young and small", facts: [fact("a"), fact("b", days: 14)], removals: [:]),
        Row(testDescription: "too old", facts: [fact("a", days: 15), fact("b")], removals: ["a": .isOld]),
        Row(testDescription: "too old, but in use", facts: [fact("a", days: 15, inUse: true)], removals: [:]),
        Row(
            testDescription: "no project", facts: [fact("a", hasProject: false), fact("b")],
            removals: ["a": .projectIsGone]),
        Row(
            testDescription: "no project, but in use", facts: [fact("a", inUse: true, hasProject: false)],
            removals: [:]),
        Row(
            testDescription: "too many, the least recently used goes",
            facts: [fact("a", days: 2, bytes: 50), fact("b", days: 3, bytes: 50), fact("c", bytes: 50)],
            removals: ["b": .exceedsSize]),
        Row(
            testDescription: "too many, what goes anyway counts first",
            facts: [fact("a", days: 2, bytes: 50), fact("b", days: 20, bytes: 50), fact("c", bytes: 50)],
            removals: ["b": .isOld]),
        Row(
            testDescription: "too many, but the oldest is in use",
            facts: [fact("a", days: 5, bytes: 90, inUse: true), fact("b", days: 2, bytes: 50)],
            removals: ["b": .exceedsSize]),
        Row(
            testDescription: "exactly at the limit", facts: [fact("a", bytes: 60), fact("b", bytes: 40)],
            removals: [:]),
        Row(testDescription: "used in the future", facts: [fact("a", days: -100)], removals: [:]),
        Row(
            testDescription: "sizes that no disk has, whose sum is as much as can be counted",
            facts: [fact("a", days: 2, bytes: .max), fact("b", days: 3, bytes: .max), fact("c", bytes: 50)],
            removals: ["b": .exceedsSize]),
        Row(
            testDescription: "times before the first of all and after the last",
            facts: [
                SnapshotRetention.Fact(key: "a", lastUse: .min, bytes: 1),
                SnapshotRetention.Fact(key: "b", lastUse: .max, bytes: 1),
            ], removals: ["a": .isOld]),
    ]

    @Test(arguments: rows) func whatGoesGoesForAReason(_ row: Row) {
        let retention = SnapshotRetention(limits: SnapshotLimits(maxSize: 100))
        #expect(retention.removals(row.facts, now: SnapshotRetentionTests.now) == row.removals)
    }
}
