import Testing

@testable import StokerCore

@Suite struct KeptRetentionTests {
    private static let own = "0000000000000001"
    private static let other = "0000000000000002"

    private static func name(_ number: Int) -> KeptName {
        KeptName(digest: .zero, bases: [BaseImage(reference: "\(number)", imageID: nil)])
    }

    private static func fact(
        _ number: Int, key: String = own, image: String? = nil, created: Int64 = 0
    ) -> KeptRetention.Fact {
        KeptRetention.Fact(
            tag: KeptTag(name: name(number), key: key), imageID: image ?? "sha256:\(number)", created: created
        )
    }

    /// - Parameter numbers: the last used first.
    private static func list(_ numbers: [Int]) -> KeptList {
        var list = KeptList(project: "/p", machine: "m")
        for number in numbers.reversed() { list.note(name(number), imageID: "sha256:\(number)") }
        return list
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var facts: [KeptRetention.Fact]
        var list: [Int]
        var keep: Int
        var latest: Int?
        var surplus: [Int]
    }

    static let rows = [
        Row(testDescription: "nothing is there", facts: [], list: [1, 2], keep: 1, surplus: []),
        Row(
            testDescription: "no more than are kept", facts: [fact(1), fact(2)], list: [2, 1], keep: 2,
            surplus: []),
        Row(
            testDescription: "the third of two", facts: [fact(1), fact(2), fact(3)], list: [3, 2, 1],
            keep: 2, surplus: [1]),
        Row(
            testDescription: "the order is that of the uses, not that of the images",
            facts: [fact(1, created: 9), fact(2, created: 5), fact(3, created: 1)], list: [3, 1, 2], keep: 1,
            surplus: [1, 2]),
        Row(
            testDescription: "without a list the order is that of the images",
            facts: [fact(1, created: 1), fact(2, created: 3), fact(3, created: 2)], list: [], keep: 1,
            surplus: [3, 1]),
        Row(
            testDescription: "what the list does not know goes first",
            facts: [fact(1, created: 9), fact(2), fact(3)], list: [3, 2], keep: 2, surplus: [1]),
        Row(
            testDescription: "the one in use stays whatever the list says",
            facts: [fact(1), fact(2), fact(3)], list: [3, 2], keep: 1, latest: 1, surplus: [3, 2]),
        Row(
            testDescription: "what is on another engine takes no place",
            facts: [fact(1), fact(2)], list: [7, 8, 9, 1, 2], keep: 2, surplus: []),
        Row(
            testDescription: "another's are not counted and stay",
            facts: [fact(1), fact(2, key: other), fact(3, key: other)], list: [1], keep: 1, surplus: []),
        Row(
            testDescription: "one that was moved by hand is not ours",
            facts: [fact(1), fact(2, image: "sha256:else"), fact(3)], list: [3, 1, 2], keep: 1, surplus: [1]),
        Row(
            testDescription: "none are kept", facts: [fact(1), fact(2), fact(3, key: other)], list: [2, 1],
            keep: 0, surplus: [2, 1]),
    ]

    @Test(arguments: rows) func whatIsTooMuchGoes(row: Row) {
        let surplus = KeptRetention.surplus(
            row.facts, key: Self.own, list: Self.list(row.list), keep: row.keep,
            latest: row.latest.map(Self.name))
        #expect(surplus == row.surplus.map { KeptTag(name: Self.name($0), key: Self.own) })
    }

    @Test func ofAProjectThatIsGoneAllGoesButWhatWasMoved() {
        let facts = [
            Self.fact(1), Self.fact(1, key: Self.other), Self.fact(2, key: Self.other, image: "sha256:else"),
            Self.fact(3, key: Self.other, image: "sha256:unknown"), Self.fact(1, key: "0000000000000003"),
        ]
        let orphans = KeptRetention.orphans(facts, of: [Self.other: Self.list([1, 2])])
        #expect(orphans == [facts[1].tag, facts[3].tag])
        #expect(KeptRetention.orphans(facts, of: [:]) == [])
    }

    @Test func onlyOthersImagesThatWereMadeLongAgoAreLookedAt() throws {
        let now = try #require(EngineTime(unixSeconds: 1_000_000))
        let facts = [
            Self.fact(1, created: 0), Self.fact(2, key: Self.other, created: 500),
            Self.fact(3, key: Self.other, created: 100), Self.fact(4, key: Self.other, created: 999_000),
            Self.fact(5, key: Self.other, created: 2_000_000), Self.fact(6, key: Self.other, created: .max),
        ]
        let suspects = KeptRetention.suspects(facts, besides: Self.own, now: now, maxAge: .seconds(1000))
        #expect(suspects == [facts[2], facts[1]])
    }

    @Test func oldIsOnlyWhatIsKnownToBe() throws {
        let now = try #require(EngineTime(unixSeconds: 1_000_000))
        let rows: [(Int64?, Bool)] = [
            (nil, false), (999_000, false), (1_000_000, false), (2_000_000, false), (998_999, true),
            (0, true),
        ]
        for (tagged, isOld) in rows {
            let time = tagged.flatMap { EngineTime(unixSeconds: $0) }
            #expect(KeptRetention.isOld(tagged: time, now: now, maxAge: .seconds(1000)) == isOld)
        }
    }
}
