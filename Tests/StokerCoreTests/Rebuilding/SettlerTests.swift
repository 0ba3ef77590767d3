@testable import StokerCore
import Testing

@Suite struct SettlerTests {
    struct Row: Sendable {
        var changes: [Int]
        var due: Int
        init(_ changes: [Int], _ due: Int) { (self.changes, self.due) = (changes, due) }
    }

    /// 40 ms of quiet, 90 at most, 500 in all.
    static let timing = Settler<TestInstant>.Timing(
        quiet: .milliseconds(40), longestQuiet: .milliseconds(90), cap: .milliseconds(500))

    @Test(arguments: [
        Row([0], 40),
        Row([7], 47),
        // Each further change waits half as long again, up to the longest.
        Row([0, 10], 70),
        Row([0, 10, 20], 110),
        Row([0, 10, 20, 30], 120),
        // Not those of one save: an editor writes, renames and removes in a moment.
        Row([0, 1, 2, 9], 49),
        // But files that are written one after the other are many saves, however fast.
        Row([0, 4, 8, 12, 16, 20, 24], 114),
        // A late one too: it may be the first of another burst.
        Row([0, 39], 99),
        // Never beyond the cap, however late the last change came.
        Row([0, 100, 200, 300, 400], 490),
        Row([0, 100, 200, 300, 411], 500),
        Row([0, 100, 200, 300, 499], 500),
        Row([0, 700], 500),
    ])
    func itIsDueWhenItHasBeenQuiet(row: Row) {
        var settler = Settler(firstChangeAt: TestInstant(row.changes[0]), timing: SettlerTests.timing)
        for change in row.changes.dropFirst() { settler.changed(at: TestInstant(change)) }
        #expect(settler.due == TestInstant(row.due))
    }

    @Test func theDefaultsAreThoseOfAnEditorAndACheckout() {
        var settler = Settler(firstChangeAt: TestInstant(0))
        #expect(settler.due == 50)
        for change in stride(from: 10, through: 10_000, by: 10) { settler.changed(at: TestInstant(change)) }
        #expect(settler.due == 3000)
    }
}
