import Foundation
import Glibc
import SystemPackage
import Testing

@testable import StokerCore

/// Which of the things with a dead lease's labels are its own.
@Suite struct LeaseEvidenceTests {
    private static let lease = LeaseFixture.id(1)
    private static let asked = ReapFixture.ago(600)
    private static let made = ReapFixture.id(1)
    private static let other = ReapFixture.id(2)

    /// One row: what the engine shows, beside others with the same labels.
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var recorded: String? = made
        var kind = LeasedKind.container
        var recordedKind: LeasedKind?
        var id = made
        var hasMark = true
        var hasRecord = true
        /// After it was asked for, in seconds.
        var created: Int64? = 0
        var others: [Int64?] = []
        var engine = LeaseEvidence.Engine(id: "E", address: "unix:///e.sock")
        var leaseEngine: String? = "E"
        /// Whether the lease's file is there.
        var isKnown = true

        init(_ what: String, _ change: (inout Row) -> Void = { _ in }) {
            testDescription = what
            change(&self)
        }
    }

    static let mustGo: [Row] = [
        Row("what the engine has answered"),
        Row("the same at any time") { $0.created = 5_000 },
        Row("the same at a time that is not known") { $0.created = nil },
        Row("the same beside copies") { $0.others = [0, 100] },
        Row("the same network") { $0.kind = .network },
        Row("the same on an engine that calls itself otherwise now") { $0.engine.id = "F" },
        Row("an anonymous volume") { $0.kind = .volume },
        Row("created without an answer") { $0.recorded = nil },
        Row("created without an answer, listed a second early") { ($0.recorded, $0.created) = (nil, -1) },
        Row("created without an answer, late") { ($0.recorded, $0.created) = (nil, 9) },
        Row("created without an answer, and copied later") { ($0.recorded, $0.others) = (nil, [300]) },
        Row("network without an answer") { ($0.recorded, $0.kind) = (nil, .network) },
        Row("volume without an answer") { ($0.recorded, $0.kind) = (nil, .volume) },
        Row("without an answer on an engine that has no name for itself") {
            ($0.recorded, $0.leaseEngine) = (nil, nil)
        },
    ]

    static let mustSurvive: [Row] = [
        Row("a copy") { $0.id = other },
        Row("a copy that alone is left") { ($0.id, $0.created) = (other, 0) },
        Row("a copy of a network") { ($0.id, $0.kind) = (other, .network) },
        Row("a volume with copied labels") { ($0.id, $0.kind) = (other, .volume) },
        Row("a volume that was made again under its name") { ($0.kind, $0.created) = (.volume, 60) },
        Row("a volume of that name on another engine") { ($0.kind, $0.engine.id) = (.volume, "F") },
        Row("a volume whose age is not known") { ($0.kind, $0.created) = (.volume, nil) },
        Row("a copy of what has no answer") { ($0.recorded, $0.created) = (nil, 60) },
        Row("two at the same time without an answer") { ($0.recorded, $0.others) = (nil, [1]) },
        Row("one beside one of unknown age without an answer") { ($0.recorded, $0.others) = (nil, [nil]) },
        Row("one beside an older one without an answer") { ($0.recorded, $0.others) = (nil, [-60]) },
        Row("without an answer, older than the question") { ($0.recorded, $0.created) = (nil, -60) },
        Row("without an answer, of unknown age") { ($0.recorded, $0.created) = (nil, nil) },
        Row("without an answer on another engine") { ($0.recorded, $0.engine.id) = (nil, "F") },
        Row("without an answer at another address") {
            ($0.recorded, $0.leaseEngine, $0.engine.address) = (nil, nil, "unix:///f.sock")
        },
        Row("of another kind than was asked for") { $0.recordedKind = .network },
        Row("labels of a version that wrote no mark") { $0.hasMark = false },
        Row("a mark that no journal knows") { $0.hasRecord = false },
        Row("a volume of a lease whose file is gone") { ($0.kind, $0.isKnown) = (.volume, false) },
        Row("without an answer, of a lease whose file is gone") {
            ($0.recorded, $0.isKnown) = (nil, false)
        },
    ]

    private static func fate(_ row: Row, alive: Bool = false) throws -> LeaseFate {
        try LeaseFixture.with { folder in
            // Not sorted apart: their number in the journal says nothing.
            let mark = try #require(CreationMark(text: "3-\(LeaseFixture.id(9).text)"))
            var lease = Lease(
                id: Self.lease, project: "/p", commandLine: ["true"], engine: "unix:///e.sock",
                engineID: row.leaseEngine, socket: "/nowhere")
            // The number is ours, and it began at another time.
            if !alive { lease.owner?.started += 1 }
            let held = try HeldLease(lease, in: folder)
            if !alive { held.letGo() }
            if !row.isKnown { unlink(folder.appending("\(Self.lease.text).json").string) }
            let record = CreationRecord(
                mark: mark, kind: row.recordedKind ?? row.kind, asked: Self.asked, id: row.recorded)
            let book = LeaseBook(folder: folder, ended: alive ? [] : [Self.lease]) { asked, id in
                row.hasRecord && asked == mark && id == Self.lease ? record : nil
            }
            var labels = lease.labels(user: geteuid(), now: .now)
            labels.creation = row.hasMark ? mark : nil
            func object(_ id: String, _ created: Int64?) -> LabelledObject {
                LabelledObject(
                    kind: row.kind, id: id, created: created.map { ReapFixture.ago(600 - $0) }, labels: labels
                )
            }
            let subject = object(row.id, row.created)
            let all = [subject] + row.others.map { object(ReapFixture.id(50), $0) }
            return LeaseEvidence(book: book, engine: row.engine, all: all).fate(of: subject)
        }
    }

    @Test(arguments: mustGo)
    func `what a dead run made is its own`(row: Row) throws {
        let fate = try Self.fate(row)
        #expect(fate.isDead, "\(fate)")
    }

    @Test(arguments: mustSurvive)
    func `whatever else carries its labels is not`(row: Row) throws {
        let fate = try Self.fate(row)
        #expect(!fate.isDead)
        #expect(fate != .alive)
    }

    @Test(arguments: mustGo + mustSurvive)
    func `as long as the owner lives labels are enough to leave it alone`(row: Row) throws {
        #expect(try Self.fate(row, alive: true) == .alive)
    }

    @Test(arguments: [
        "", "3", "3-", "-1-00000000000000000000000000000000", "03-\(LeaseFixture.id(1).text)", "x-y",
    ])
    func `what is no mark is none`(text: String) {
        #expect(CreationMark(text: text) == nil)
    }
}
